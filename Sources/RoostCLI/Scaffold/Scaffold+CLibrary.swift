// A plain C library with a signature file: it knows nothing of Roost.
extension Scaffold {
    var cLibraryFiles: [ScaffoldFile] {
        [
            ScaffoldFile("README.md", cLibraryPage),
            ScaffoldFile("\(name).functions.json", cSignatures),
            ScaffoldFile("\(symbol).h", cLibraryHeader),
            ScaffoldFile("\(symbol).c", cLibrarySource),
            ScaffoldFile("check.c", cLibraryCheck),
            ScaffoldFile(
                "Makefile",
                """
                CFLAGS := -std=c11 -O2 -g -Wall -Wextra

                lib\(symbol).so: \(symbol).c \(symbol).h
                \t$(CC) $(CFLAGS) -shared -fPIC -o $@ $<

                .PHONY: check clean
                check: lib\(symbol).so
                \t$(CC) $(CFLAGS) -o check check.c lib\(symbol).so -Wl,-rpath,'$$ORIGIN' && ./check

                clean:
                \trm -f check lib\(symbol).so

                """
            ),
        ]
    }

    private var cLibraryPage: String {
        """
        # \(name)

        Functions of a plain C library. `\(name).functions.json` says how they are called; the library
        itself knows nothing of that.

        ```console
        $ make
        $ make check
        $ roost deploy \(name).functions.json
        ```

        ```console
        $ curl -d '{"args":[[1,2,6]]}' http://127.0.0.1:8080/functions/\(name).mean
        {"result":3.0}
        $ curl -d 'some plain words' -H 'Content-Type: text/plain' http://127.0.0.1:8080/functions/\(name).words
        {"result":3}
        ```

        `roost inspect \(name).functions.json` shows the signatures, and `roost bind HEADER.h` proposes them for
        another header. A wrong signature is undefined behaviour, as in C; the library has a process of its own.

        """
    }

    private var cSignatures: String {
        """
        {
          "plugin": "\(name)",
          "summary": "Functions of a plain C library.",
          "library": { "file": "lib\(symbol).so" },
          "functions": [
            {
              "name": "mean",
              "summary": "The mean of numbers.",
              "symbol": "\(symbol)_mean",
              "arguments": [
                { "name": "values", "type": "double[]", "minimumLength": 1 },
                { "name": "count", "type": "size_t", "lengthOf": "values" }
              ],
              "result": "double"
            },
            {
              "name": "words",
              "summary": "How many words a text has.",
              "symbol": "\(symbol)_words",
              "arguments": [{ "name": "text", "type": "text", "body": true }],
              "result": "size_t"
            }
          ]
        }

        """
    }

    private var cLibraryHeader: String {
        """
        #pragma once

        #include <stddef.h>

        /// The mean of at least one number.
        double \(symbol)_mean(const double *values, size_t count);

        /// How many words a text has.
        size_t \(symbol)_words(const char *text);

        """
    }

    private var cLibrarySource: String {
        """
        #include "\(symbol).h"

        #include <ctype.h>

        double \(symbol)_mean(const double *values, size_t count) {
            double sum = 0;
            for (size_t i = 0; i < count; i++) sum += values[i];
            return sum / (double)count;
        }

        size_t \(symbol)_words(const char *text) {
            size_t words = 0;
            for (int inside = 0; *text; text++) {
                int space = isspace((unsigned char)*text) != 0;
                if (!space && !inside) words++;
                inside = !space;
            }
            return words;
        }

        """
    }

    private var cLibraryCheck: String {
        """
        #include "\(symbol).h"

        #undef NDEBUG
        #include <assert.h>

        int main(void) {
            assert(\(symbol)_mean((double[]){1, 2, 6}, 3) == 3);
            assert(\(symbol)_words("") == 0);
            assert(\(symbol)_words(" some plain  words\\n") == 3);
            return 0;
        }

        """
    }
}
