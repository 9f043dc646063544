/// Answers of a backend to a GET. A refused one is a 502 to the client.
let responseCases: [HTTPCase] = [
    .answer("a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", .framed(.length(5))),
    .answer("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", .framed(.chunked)),
    .answer("neither ends with the connection", "HTTP/1.1 200 OK\r\n", .framed(.untilClose)),
    .answer("HTTP/1.0", "HTTP/1.0 200 OK\r\n", .framed(.untilClose)),
    .answer("no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n", .framed(.length(0))),
    .answer("no reason and no space", "HTTP/1.1 200\r\nContent-Length: 0\r\n", .framed(.length(0))),
    .answer("a long reason", "HTTP/1.1 404 \tNot Found \u{e4}\r\nContent-Length: 0\r\n", .framed(.length(0))),
    .answer("the last status", "HTTP/1.1 599 X\r\nContent-Length: 0\r\n", .framed(.length(0))),
    .answer("204 has no body", "HTTP/1.1 204 No Content\r\n", .framed(.none)),
    .answer("204 that says so", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n", .framed(.none)),
    .answer(
        "204 that says otherwise", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n", .refused(.unexpectedContent)),
    .answer(
        "204 in chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n", .refused(.unexpectedContent)),
    .answer("304 has no body whatever its length", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n", .framed(.none)),
    .answer("100 is followed by another", "HTTP/1.1 100 Continue\r\n", .framed(.none)),
    .answer("103 has fields", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n", .framed(.none)),
    .answer("100 with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n", .refused(.unexpectedContent)),
    .answer(
        "100 in chunks", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n", .refused(.unexpectedContent)),
    .answer(
        "101 that nobody asked for", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: a\r\n",
        .refused(.unexpectedUpgrade)),
    .answer(
        "both", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        .refused(.lengthAndTransferEncoding)),
    .answer(
        "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
        .refused(.repeatedContentLength)),
    .answer("a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n", .refused(.badContentLength)),
    .answer("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", .refused(.badContentLength)),
    .answer(
        "a coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", .refused(.unsupportedTransferCoding)),
    .answer(
        "a coding without chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n", .refused(.badTransferEncoding)),
    .answer(
        "chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
        .refused(.transferEncodingInOldVersion)),
    .answer("an empty line before", "\r\nHTTP/1.1 200 OK\r\n", .refused(.emptyLines)),
    .answer("a blank before", " HTTP/1.1 200 OK\r\n", .refused(.badStatusLine)),
    .answer("status 99", "HTTP/1.1 099 X\r\n", .refused(.badStatusLine)),
    .answer("status 600", "HTTP/1.1 600 X\r\n", .refused(.badStatusLine)),
    .answer("two digits", "HTTP/1.1 20 OK\r\n", .refused(.badStatusLine)),
    .answer("four digits", "HTTP/1.1 2000 OK\r\n", .refused(.badStatusLine)),
    .answer("a signed status", "HTTP/1.1 +20 OK\r\n", .refused(.badStatusLine)),
    .answer("two spaces", "HTTP/1.1  200 OK\r\n", .refused(.badStatusLine)),
    .answer("no status", "HTTP/1.1\r\n", .refused(.badStatusLine)),
    .answer("HTTP/2", "HTTP/2.0 200 OK\r\n", .refused(.unsupportedVersion)),
    .answer("no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", .refused(.badStatusLine)),
    .answer("ICY, as radio servers say", "ICY 200 OK\r\n", .refused(.badStatusLine)),
    .answer("a NUL in the reason", "HTTP/1.1 200 O\u{0}K\r\n", .refused(.controlByte)),
    .answer("a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\r\n", .refused(.bareLineFeed)),
    .answer("a bare carriage return in the reason", "HTTP/1.1 200 O\rK\r\n", .refused(.bareCarriageReturn)),
    .answer("a folded field", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n", .refused(.foldedField)),
    .answer("a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n", .refused(.badFieldName)),
    .answer("a disguised length", "HTTP/1.1 200 OK\r\nContent_Length: 5\r\n", .refused(.disguisedField)),
    .answer("a bad Connection", "HTTP/1.1 200 OK\r\nConnection: (\r\n", .refused(.badConnection)),
    HTTPCase("a part of a status line", "HTTP/1.1 20", .incomplete),
    HTTPCase("a part of a head", "HTTP/1.1 200 OK\r\nX", .incomplete),
]
