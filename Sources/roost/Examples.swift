/// What `make run` shows to try.
enum Examples {
    /// Prints a call for each example plugin.
    static func show(url: String) {
        Terminal.say(
            """

            Try, in another terminal:

              curl -d '{"name":"Ada"}' \(url)/hello
              curl \(url)/users/1
              curl -d '{"user":1,"items":[{"sku":"tea","count":2}]}' \(url)/orders
              curl '\(url)/airports/near?latitude=52.52&longitude=13.40&limit=3'
              curl '\(url)/airports/search?text=heathrow'
              curl -T README.md \(url)/wordcount
              curl -N '\(url)/events?count=3'
              curl -T photo.jpg '\(url)/thumbnail?width=200' -o thumbnail.jpg

            """
        )
    }
}
