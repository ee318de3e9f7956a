import ForeignCalls

// One call for each way that a value takes.
extension Sample {
    private static let libc = "libc.so.6"
    private static let libm = "libm.so.6"
    private static let zlib = "libz.so.1"

    private static let time = """
        "types":{"tm":{"struct":{"size":56,"fields":{"sec":"int","min":"int","hour":"int",
          "mday":"int","mon":"int","year":"int","wday":"int","yday":"int","isdst":"int",
          "gmtoff":"long","zone":"opaque"}}}}
        """
    private static let order = """
        "types":{"order":{"callback":{"parameters":{"left":"double*","right":"double*"},
          "result":"int","collects":-1}},
         "texts":{"callback":{"parameters":{"left":"text*","right":"text*"},"result":"int"}}}
        """
    private static let crc = """
        "functions":[{"name":"crc32","arguments":[{"name":"crc","type":"ulong","default":0},
          {"name":"data","type":"bytes","body":true},
          {"name":"length","type":"uint","lengthOf":"data"}],"result":"ulong"}]
        """
    private static let sort = """
        "functions":[{"name":"qsort","arguments":[
          {"name":"numbers","type":"double[]","direction":"inout"},
          {"name":"count","type":"size_t","lengthOf":"numbers"},
          {"name":"size","type":"size_t","constant":8},{"name":"order","type":"order"}]}],\(order)
        """

    /// All of them.
    static func all() throws -> [Sample] {
        try numbers() + texts() + structs() + callbacks() + [handle()]
    }

    private static func numbers() throws -> [Sample] {
        let two = """
            "functions":[{"name":"fmax","arguments":[{"name":"x","type":"double"},
              {"name":"y","type":"double"}],"result":"double"}]
            """
        let frexp = """
            "functions":[{"name":"frexp","arguments":["double",
              {"name":"exponent","type":"int","direction":"out"}],"result":"double"}]
            """
        var query = try Sample("numbers in a query", libm, two, "")
        query.query = Array("x=1.5&y=%2D2.5".utf8)
        return [
            try Sample("numbers", libm, two, #"{"args":[1.5,2.5]}"#),
            try Sample("numbers by name", libm, two, #"{"args":{"y":1.5,"x":"NaN"}}"#),
            query,
            try Sample("a number that comes out", libm, frexp, #"{"args":[8.5]}"#),
        ]
    }

    private static func texts() throws -> [Sample] {
        let strlen = #""functions":[{"name":"strlen","arguments":["text"],"result":"size_t"}]"#
        let strerror = #""functions":[{"name":"strerror","arguments":["int"],"result":"text"}]"#
        let format = """
            "functions":[{"name":"snprintf","variadicFrom":3,"result":"int","arguments":[
              {"name":"line","type":"text","direction":"out","capacity":64},
              {"name":"size","type":"size_t","constant":64},
              {"name":"format","type":"text","constant":"%s: %d pieces at %.2f"},
              "text","int","double"]}]
            """
        let copy = """
            "functions":[{"name":"memcpy","result":"opaque","arguments":[
              {"name":"copy","type":"bytes","direction":"out","capacity":{"lengthOf":"data"}},
              {"name":"data","type":"bytes"},
              {"name":"count","type":"size_t","lengthOf":"data"}]}]
            """
        let bytes = String(repeating: "AP8Q", count: 100)
        var raw = try Sample("a raw body", zlib, crc, String(repeating: "x", count: 400))
        raw.contentType = Array("application/octet-stream".utf8)
        return [
            try Sample(
                "a text",
                libc,
                strlen,
                #"{"args":["a text of more than fifteen characters, \u00e9"]}"#
            ),
            try Sample("a text that comes back", libc, strerror, #"{"args":[2]}"#),
            try Sample("a text that comes out", libc, format, #"{"args":["apples",3,1.5]}"#),
            try Sample("bytes", zlib, crc, "{\"args\":[0,\"\(bytes)\"]}"), raw,
            try Sample("bytes that come out", libc, copy, "{\"args\":[\"\(bytes)\"]}"),
        ]
    }

    private static func structs() throws -> [Sample] {
        let timegm = """
            "functions":[{"name":"timegm","arguments":["tm*"],"result":"time_t"}],\(time)
            """
        let gmtime = """
            "functions":[{"name":"gmtime_r","result":"opaque","arguments":["time_t*",
              {"name":"time","type":"tm*","direction":"out"}]}],\(time)
            """
        let ldiv = """
            "functions":[{"name":"ldiv","arguments":["long","long"],"result":"ldiv_t"}],
            "types":{"ldiv_t":{"struct":{"fields":{"quot":"long","rem":"long"}}}}
            """
        let named = """
            "functions":[{"name":"words","symbol":"zError","arguments":["code"],"result":"text"}],
            "types":{"code":{"enum":{"values":{"data_error":-3,"buf_error":-5}}}}
            """
        return [
            try Sample(
                "a struct",
                libc,
                timegm,
                """
                {"args":[{"sec":1,"min":2,"hour":3,"mday":4,"mon":5,"year":100,"wday":0,"yday":0,\
                "isdst":0,"gmtoff":0}]}
                """
            ),
            try Sample("a struct that comes out", libc, gmtime, #"{"args":[1000000000]}"#),
            try Sample("a struct by value", libc, ldiv, #"{"args":[17,5]}"#),
            try Sample("an enum", zlib, named, #"{"args":["buf_error"]}"#),
        ]
    }

    private static func callbacks() throws -> [Sample] {
        let texts = """
            "functions":[{"name":"qsort","arguments":[
              {"name":"texts","type":"text[]","direction":"inout"},
              {"name":"count","type":"size_t","lengthOf":"texts"},
              {"name":"size","type":"size_t","constant":8},{"name":"order","type":"texts"}]},
             {"name":"strcmp","hidden":true,"arguments":["text","text"],"result":"int"}],\(order)
            """
        let search = """
            "functions":[{"name":"bsearch","result":"opaque","arguments":["double*","double[]",
              {"name":"count","type":"size_t","lengthOf":"argument2"},
              {"name":"size","type":"size_t","constant":8},{"name":"seen","type":"order"}]}],\(order)
            """
        return [
            try Sample(
                "a list, and a callback",
                libc,
                sort,
                #"{"args":[[3,1,2,8,5,4,7,6],"ascending"]}"#
            ),
            try Sample(
                "texts, and a function as callback",
                libc,
                texts,
                #"{"args":[["the","quick","brown","fox"],"strcmp"]}"#
            ),
            try Sample(
                "a callback that gathers",
                libc,
                search,
                #"{"args":[3,[1,2,3,4],"collect"]}"#
            ),
        ]
    }

    /// A stream that was begun before.
    private static func handle() throws -> Sample {
        let signatures = """
            "functions":[
             {"name":"reset","symbol":"inflateReset","arguments":["stream"],"result":"int"},
             {"name":"begin","symbol":"inflateInit_","arguments":[
              {"name":"it","type":"stream","creates":true},
              {"name":"version","type":"text","constant":"1.2.11"},
              {"name":"size","type":"int","constant":112}],"result":"int"}],
            "types":{"stream":{"handle":{"size":112,"destroy":"inflateEnd"}}}
            """
        let begin = try Sample("", zlib, signatures, "{}")
        _ = begin.call(1)
        let parts = String(decoding: begin.plugin.body, as: UTF8.self).split(separator: "\"")
        let token = parts.first { $0.hasPrefix("stream-") } ?? ""
        return Sample(like: begin, "a handle", "{\"args\":[\"\(token)\"]}")
    }

    private init(like other: Sample, _ name: String, _ body: String) {
        self.name = name
        plugin = other.plugin
        self.body = Array(body.utf8)
    }
}
