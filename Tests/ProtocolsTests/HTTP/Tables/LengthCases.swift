/// Where a body ends: the two ways of saying it, and the ways of saying it so that two readers disagree (RFC 9112 §6.3,
/// §11.2).
let lengthCases: [HTTPCase] = [
    .get("no length, no body", "", .framed(.none)),
    .post("a POST without a length has no body", "", .framed(.none)),
    .post("a plain length", "Content-Length: 5\r\n", .framed(.length(5))),
    .post("zero is a length", "Content-Length: 0\r\n", .framed(.length(0))),
    .post("leading zeros are digits", "Content-Length: 005\r\n", .framed(.length(5))),
    .get("a GET may have content", "Content-Length: 5\r\n", .framed(.length(5))),
    .post("blanks around a value are not part of it", "Content-Length: \t 5 \t\r\n", .framed(.length(5))),
    .post("no blank is needed either", "Content-Length:5\r\n", .framed(.length(5))),
    .post(
        "the largest length that is positive everywhere", "Content-Length: 9223372036854775807\r\n",
        .framed(.length(9_223_372_036_854_775_807))),
    .post(
        "one more is negative where lengths are signed", "Content-Length: 9223372036854775808\r\n",
        .refused(.badContentLength)),
    .post(
        "2^64 wraps around to nothing", "Content-Length: 18446744073709551616\r\n", .refused(.badContentLength)),
    .post(
        "2^64 + 5 wraps around to five", "Content-Length: 18446744073709551621\r\n", .refused(.badContentLength)),
    .post(
        "far beyond any number", "Content-Length: 1000000000000000000000000000000000000\r\n",
        .refused(.badContentLength)),
    .post("a sign that strtol takes", "Content-Length: +5\r\n", .refused(.badContentLength)),
    .post("a negative length", "Content-Length: -1\r\n", .refused(.badContentLength)),
    .post("an empty length", "Content-Length:\r\n", .refused(.badContentLength)),
    .post("only a blank", "Content-Length: \r\n", .refused(.badContentLength)),
    .post("hexadecimal that strtol takes", "Content-Length: 0x5\r\n", .refused(.badContentLength)),
    .post("a digit separator", "Content-Length: 1_0\r\n", .refused(.badContentLength)),
    .post("a fraction", "Content-Length: 5.0\r\n", .refused(.badContentLength)),
    .post("an exponent", "Content-Length: 1e1\r\n", .refused(.badContentLength)),
    .post("letters behind digits, where atoi stops", "Content-Length: 5abc\r\n", .refused(.badContentLength)),
    .post("a blank between digits", "Content-Length: 4 2\r\n", .refused(.badContentLength)),
    .post("a tab between digits", "Content-Length: 4\t2\r\n", .refused(.badContentLength)),
    .post("quoted digits", "Content-Length: \"5\"\r\n", .refused(.badContentLength)),
    .post("a parameter", "Content-Length: 5;a=b\r\n", .refused(.badContentLength)),
    .post("a list of different lengths", "Content-Length: 5, 6\r\n", .refused(.badContentLength)),
    .post("a list of the same length", "Content-Length: 5, 5\r\n", .refused(.badContentLength)),
    .post("a list with an empty end", "Content-Length: 5,\r\n", .refused(.badContentLength)),
    .post("digits beyond ASCII", "Content-Length: \u{d9}\u{a5}\r\n", .refused(.badContentLength)),
    .post("a form feed is no blank", "Content-Length: \u{c}5\r\n", .refused(.controlByte)),
    .post("a vertical tab is no blank", "Content-Length: 5\u{b}\r\n", .refused(.controlByte)),
    .post("a no-break space is no blank", "Content-Length: \u{a0}5\r\n", .refused(.badContentLength)),
    .post(
        "two different lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", .refused(.repeatedContentLength)),
    .post(
        "the same length twice, which readers may take for a list", "Content-Length: 5\r\nContent-Length: 5\r\n",
        .refused(.repeatedContentLength)),
    .post(
        "twice in two cases", "Content-Length: 5\r\ncontent-length: 6\r\n", .refused(.repeatedContentLength)),
    .post(
        "a good length before a bad one", "Content-Length: 5\r\nContent-Length: x\r\n",
        .refused(.repeatedContentLength)),
    .post("a blank before the colon hides the field", "Content-Length : 5\r\n", .refused(.badFieldName)),
    .post("a tab before the colon", "Content-Length\t: 5\r\n", .refused(.badFieldName)),
    .post("no colon at all", "Content-Length 5\r\n", .refused(.badFieldName)),
    .post("a name with a control byte", "Content\u{0}-Length: 5\r\n", .refused(.badFieldName)),
    .post("an underscore that CGI turns into a hyphen", "Content_Length: 5\r\n", .refused(.disguisedField)),
    .post("such an underscore in capitals", "CONTENT_LENGTH: 5\r\n", .refused(.disguisedField)),
    .post("a longer name is another field", "Content-Length2: 5\r\n", .framed(.none)),
    .post("a length on a folded line", "Content-Length:\r\n 5\r\n", .refused(.badContentLength)),
    .post("a length behind a folded field", "X: a\r\n Content-Length: 5\r\n", .refused(.foldedField)),
]
