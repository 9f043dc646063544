/// Chunked bodies, and what has been used to make one of two readers believe in them (CL.TE, TE.CL and TE.TE).
let transferCodingCases: [HTTPCase] = [
    .post("chunked", "Transfer-Encoding: chunked\r\n", .framed(.chunked)),
    .post("codings have no case", "Transfer-Encoding: Chunked\r\n", .framed(.chunked)),
    .post("nor have names", "TRANSFER-ENCODING:chunked\r\n", .framed(.chunked)),
    .post("blanks around it", "Transfer-Encoding: \tchunked \t\r\n", .framed(.chunked)),
    .post(
        "CL.TE: the length first", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        .refused(.lengthAndTransferEncoding)),
    .post(
        "TE.CL: the coding first", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        .refused(.lengthAndTransferEncoding)),
    .post(
        "CL.TE with a length of zero", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        .refused(.lengthAndTransferEncoding)),
    .post(
        "a length and a coding that is none", "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n",
        .refused(.lengthAndTransferEncoding)),
    .post(
        "a length between other fields", "Content-Length: 4\r\nX: y\r\nTransfer-Encoding: chunked\r\n",
        .refused(.lengthAndTransferEncoding)),
    .post(
        "TE.TE: chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        .refused(.badTransferEncoding)),
    .post(
        "TE.TE: a coding nobody knows behind it", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        .refused(.badTransferEncoding)),
    .post(
        "TE.TE: identity behind it", "Transfer-Encoding: chunked\r\nTransfer-encoding: identity\r\n",
        .refused(.badTransferEncoding)),
    .post(
        "TE.TE: an unknown coding before it", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
        .refused(.badTransferEncoding)),
    .post("chunked twice in one list", "Transfer-Encoding: chunked, chunked\r\n", .refused(.badTransferEncoding)),
    .post("chunked is not last", "Transfer-Encoding: chunked, gzip\r\n", .refused(.badTransferEncoding)),
    .post("chunked, then identity", "Transfer-Encoding: chunked, identity\r\n", .refused(.badTransferEncoding)),
    .post(
        "a coding that is understood but not supported", "Transfer-Encoding: gzip, chunked\r\n",
        .refused(.unsupportedTransferCoding)),
    .post(
        "identity was withdrawn", "Transfer-Encoding: identity, chunked\r\n", .refused(.unsupportedTransferCoding)),
    .post("without chunked nothing ends the body", "Transfer-Encoding: gzip\r\n", .refused(.badTransferEncoding)),
    .post("identity alone", "Transfer-Encoding: identity\r\n", .refused(.badTransferEncoding)),
    .post("a letter before", "Transfer-Encoding: xchunked\r\n", .refused(.badTransferEncoding)),
    .post("a letter behind", "Transfer-Encoding: chunkedx\r\n", .refused(.badTransferEncoding)),
    .post("cut short", "Transfer-Encoding: chunke\r\n", .refused(.badTransferEncoding)),
    .post("an old name of it", "Transfer-Encoding: chunk\r\n", .refused(.badTransferEncoding)),
    .post("quoted", "Transfer-Encoding: \"chunked\"\r\n", .refused(.badTransferEncoding)),
    .post("single-quoted", "Transfer-Encoding: 'chunked'\r\n", .refused(.badTransferEncoding)),
    .post("a parameter, which it has none of", "Transfer-Encoding: chunked;a=b\r\n", .refused(.badTransferEncoding)),
    .post("a blank and a word", "Transfer-Encoding: chunked x\r\n", .refused(.badTransferEncoding)),
    .post("an empty element before", "Transfer-Encoding: , chunked\r\n", .refused(.badTransferEncoding)),
    .post("an empty element behind", "Transfer-Encoding: chunked,\r\n", .refused(.badTransferEncoding)),
    .post("empty", "Transfer-Encoding:\r\n", .refused(.badTransferEncoding)),
    .post("a colon too many", "Transfer-Encoding:: chunked\r\n", .refused(.badTransferEncoding)),
    .post("a vertical tab before", "Transfer-Encoding: \u{b}chunked\r\n", .refused(.controlByte)),
    .post("a form feed behind", "Transfer-Encoding: chunked\u{c}\r\n", .refused(.controlByte)),
    .post("a NUL behind", "Transfer-Encoding: chunked\u{0}\r\n", .refused(.controlByte)),
    .post("a DEL behind", "Transfer-Encoding: chunked\u{7f}\r\n", .refused(.controlByte)),
    .post("a high byte before", "Transfer-Encoding: \u{ff}chunked\r\n", .refused(.badTransferEncoding)),
    .post("a bare carriage return before", "Transfer-Encoding: \rchunked\r\n", .refused(.bareCarriageReturn)),
    .post("a bare line feed before", "Transfer-Encoding:\n chunked\r\n", .refused(.bareLineFeed)),
    .post("a blank before the colon", "Transfer-Encoding : chunked\r\n", .refused(.badFieldName)),
    .post("a control byte before the colon", "Transfer-Encoding\u{1}: chunked\r\n", .refused(.badFieldName)),
    .post("a blank before the name", " Transfer-Encoding: chunked\r\n", .refused(.foldedField)),
    .post("a tab before the name", "\tTransfer-Encoding: chunked\r\n", .refused(.foldedField)),
    .post("on a folded line", "Transfer-Encoding:\r\n chunked\r\n", .refused(.badTransferEncoding)),
    .post("folded inside the name's value", "Transfer-Encoding: chun\r\n ked\r\n", .refused(.badTransferEncoding)),
    .post("behind a bare line feed", "X: y\nTransfer-Encoding: chunked\r\n", .refused(.bareLineFeed)),
    .post("behind a bare carriage return", "X: y\rTransfer-Encoding: chunked\r\n", .refused(.bareCarriageReturn)),
    .post("an underscore for the hyphen", "Transfer_Encoding: chunked\r\n", .refused(.disguisedField)),
    .post("a name of the same length", "Transfer-Encodinh: chunked\r\n", .framed(.none)),
    HTTPCase(
        "HTTP/1.0 knows no chunks", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        .refused(.transferEncodingInOldVersion)),
    HTTPCase(
        "CONNECT has no content to chunk", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n",
        .refused(.unexpectedContent)),
    HTTPCase(
        "CONNECT has no content of a length", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 1\r\n\r\n",
        .refused(.unexpectedContent)),
]
