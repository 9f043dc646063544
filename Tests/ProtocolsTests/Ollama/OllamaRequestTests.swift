import Foundation
import Testing

@testable import Protocols

@Suite struct OllamaRequestTests {
    private static let fields = "POST /api/chat HTTP/1.1\r\nHost: o\r\nX-Own: Content-Length: 3\r\n"

    private static func request(_ body: String) -> [UInt8] {
        Array("\(fields)Content-Length: \(body.utf8.count)\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n\(body)".utf8)
    }

    private static func chunked(_ body: String, size: Int) -> [UInt8] {
        let bytes = Array(body.utf8)
        var text = Array("\(fields)Transfer-Encoding: chunked\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n".utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = bytes[start..<min(start + size, bytes.count)]
            text += Array("\(String(piece.count, radix: 16));x=y\r\n".utf8) + piece + Array("\r\n".utf8)
        }
        return text + Array("0\r\nX-Sum: 1\r\n\r\n".utf8)
    }

    /// The request with the model `small`; nil where there is none to change.
    private static func rewritten(_ request: [UInt8], room: Int = 65_536) -> String? {
        let output = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let length = request.withUnsafeBytes { request in
                Array("small".utf8).withUnsafeBytes { model in
                    OllamaRequest.rewrite(request, model: model, into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
            count = length ?? 0
        }
        let isNamed = request.withUnsafeBytes { OllamaRequest.namesModel($0) }
        #expect(isNamed == !output.isEmpty || room < 65_536)
        return output.isEmpty ? nil : String(decoding: output, as: UTF8.self)
    }

    private static func body(of request: String) -> String {
        request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? ""
    }

    @Test func nothingButTheModelAndTheLengthChanges() throws {
        let body = #"{"model" : "llama3:70b", "messages":[{"role":"user","content":"model: \"x\""}],"stream":false}"#
        let expected = body.replacingOccurrences(of: "llama3:70b", with: "small")
        #expect(Self.rewritten(Self.request(body)) == String(decoding: Self.request(expected), as: UTF8.self))
    }

    @Test(arguments: [1, 3, 1_000]) func chunksBecomeALength(size: Int) throws {
        let expected = String(decoding: Self.request(#"{"model":"small","n":1}"#), as: UTF8.self)
        #expect(Self.rewritten(Self.chunked(#"{"model":"llama3:70b","n":1}"#, size: size)) == expected)
    }

    @Test func theModelMayBecomeLonger() throws {
        let changed = try #require(Self.rewritten(Self.request(#"{"model":""}"#)))
        #expect(changed.contains("\r\nContent-Length: 17\r\n"))
        #expect(Self.body(of: changed) == #"{"model":"small"}"#)
    }

    @Test func whatDoesNotFitIsNotWritten() {
        let request = Self.request(#"{"model":"small"}"#)
        #expect(Self.rewritten(request, room: request.count) != nil)
        #expect(Self.rewritten(request, room: request.count - 1) == nil)
    }

    @Test(
        arguments: [
            "", "{}", "[]", "\"model\"", #"{"Model":"x"}"#, #"{"a":{"model":"x"}}"#, #"[{"model":"x"}]"#,
            #"{"model":1}"#, #"{"model":null}"#, #"{"model":["x"]}"#, #"{"model":"x""#, #"{"model":"x"}}"#,
            #"{"model":"x",}"#, #"{"model" "x"}"#, #"{"model":"x" "a":1}"#, #"{model:"x"}"#, #"{"model":'x'}"#,
            #"{"model":"\x"}"#, #"{"model":"\u12g4"}"#, "{\"model\":\"a\nb\"}", #"{"model":"x","n":01}"#,
            #"{"model":"x","n":-}"#, #"{"model":"x","n":1.}"#, #"{"model":"x","n":nul}"#, #"{"model":"x","n":truE}"#,
            #"{"model":"x","n":[1}"#, #"{"model":"x","n":{]}"#, #"{"model":"x"} x"#, #"{"models":"x","mode":"y"}"#,
            #"{"model":"1","model":"2","model":"3","model":"4","model":"5"}"#,
            #"{"model":"x","n":"# + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}",
        ])
    func whatNamesNoModelIsLeftAlone(body: String) {
        #expect(Self.rewritten(Self.request(body)) == nil)
    }

    @Test func aRequestWithoutABodyNamesNone() {
        let head = Array("GET /api/tags HTTP/1.1\r\nHost: o\r\n\r\n".utf8)
        #expect(Self.rewritten(head) == nil)
        #expect(Self.rewritten(Array(head.dropLast(2))) == nil)
        #expect(Self.rewritten([]) == nil)
    }

    /// What another reader of JSON finds in the new body is what it found in the old one, but for the model.
    @Test(arguments: 1...400) func anotherReaderAgrees(seed: Int) throws {
        var texts = JSONTexts(seed: UInt64(seed))
        let body = texts.object(models: 1 + texts.below(2))
        var object = try #require(
            JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any], "\(body) is no object")
        let request = seed % 2 == 0 ? Self.request(body) : Self.chunked(body, size: 1 + texts.below(20))
        let changed = Self.body(of: try #require(Self.rewritten(request), "\(body)"))
        object["model"] = "small"
        let read = try #require(JSONSerialization.jsonObject(with: Data(changed.utf8)) as? NSDictionary)
        #expect(read == object as NSDictionary, "\(body) became \(changed)")
    }

    /// Whatever the bytes, it says the same however they are cut, and what it takes for an object is one.
    @Test(arguments: 1...200) func anyBytesAreReadTheSameWay(seed: Int) throws {
        var texts = JSONTexts(seed: UInt64(seed))
        var body = Array(texts.object(models: texts.below(2)).utf8)
        for _ in 0..<texts.below(3) where !body.isEmpty {
            let place = texts.below(body.count)
            switch texts.below(3) {
            case 0: body.remove(at: place)
            case 1: body[place] = UInt8(texts.below(128))
            case _: body.insert(body[texts.below(body.count)], at: place)
            }
        }
        var whole = JSONMemberFinder(member: "model")
        let isRead = body.withUnsafeBytes { whole.read($0) } && whole.isWhole
        var piecewise = JSONMemberFinder(member: "model")
        var isReadPiecewise = true
        for byte in body where isReadPiecewise { isReadPiecewise = withUnsafeBytes(of: byte) { piecewise.read($0) } }
        #expect((isReadPiecewise && piecewise.isWhole) == isRead)
        guard isRead else { return }
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        guard let object else {
            // What is not looked at: whether surrogates are paired, bytes are UTF-8, and numbers have a size.
            let text = String(decoding: body, as: UTF8.self)
            #expect(text.contains("\\u") || text.contains("\u{fffd}") || text.contains(/[eE][+-]?\d\d\d/))
            return
        }
        #expect((object["model"] != nil) == (whole.valueCount > 0))
    }
}
