internal import Platform

/// What `make run` shows to try.
enum Examples {
    /// Prints a call for each example plugin.
    static func show(url: String) {
        StandardStream.output.write(
            line:
                """

                Try, in another terminal:

                  curl -d '{"name":"Ada"}' \(url)/hello
                  curl \(url)/users/1
                  curl -d '{"user":1,"lines":[{"article":"tea","count":2}]}' \(url)/orders
                  curl '\(url)/airports/near?latitude=48.35&longitude=11.79&limit=1'
                  curl '\(url)/airports/search?text=san+francisco&limit=1'
                  curl --data-binary @README.md \(url)/wordcount
                  curl -N '\(url)/events?every=200&count=3'
                  curl --data-binary @photo.jpg -o small.jpg '\(url)/thumbnail?size=200'

                """
        )
    }
}
