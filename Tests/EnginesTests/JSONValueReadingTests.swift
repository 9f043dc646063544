import Stack
import Testing

@testable import Engines

@Suite struct JSONValueReadingTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-7", "9223372036854775807", "-9223372036854775808", "1.5", #""""#,
        #""a\"b\\c\n\u0001é/😀""#, "[]", "{}", "[1,[2,[]],{}]", #"{"a":{"b":[null,true,"x"]},"z":1}"#,
    ])
    func isWrittenAsItWasRead(json: String) throws {
        let value = try #require(JSONValue(json: json))
        #expect(JSONValue(json: value.json) == value)
        if !json.contains("\\u0001") { #expect(value.json == json) }
    }

    @Test(arguments: ["", "{", "}", "[1", "nul", "'a'", "{a:1}", #"{"a"}"#, "1 2", "\u{0}"])
    func rubbishIsNoValue(json: String) {
        #expect(JSONValue(json: json) == nil)
    }

    @Test func keysAreSorted() {
        #expect(JSONValue(json: #"{"b":1,"a":{"d":2,"c":3},"A":0}"#)?.json == #"{"A":0,"a":{"c":3,"d":2},"b":1}"#)
    }

    @Test func wholeNumbersStayWhole() {
        #expect(JSONValue(json: "9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(JSONValue(json: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(JSONValue(json: "1e300") == .number(1e300))
        #expect(JSONValue(json: "0.25")?.integer == nil)
    }

    @Test func aFlagIsNoNumber() {
        #expect(
            JSONValue(json: "[1,0,true,false]") == .list([.integer(1), .integer(0), .boolean(true), .boolean(false)]))
    }

    @Test(arguments: ["null", "false", "0", "0.0", #""""#, "[]", "{}"])
    func nothingSaidIsEmpty(json: String) throws {
        #expect(try #require(JSONValue(json: json)).isEmpty)
    }

    @Test(arguments: ["true", "-1", "0.5", #"" ""#, "[0]", #"{"a":null}"#])
    func somethingSaidIsNot(json: String) throws {
        #expect(try !#require(JSONValue(json: json)).isEmpty)
    }

    @Test func membersAreReachedAndWritten() {
        var value = JSONValue.text("x")
        #expect(value["a"] == nil && value.text == "x" && value.items.isEmpty && value.members.isEmpty)
        value["a"] = .integer(1)
        value["b"] = .list([.text("y")])
        #expect(value == .object(["a": .integer(1), "b": .list([.text("y")])]))
        #expect(value["a"]?.integer == 1 && value["b"]?.items == [.text("y")] && value.text == nil)
        value["a"] = nil
        #expect(value.members.keys.sorted() == ["b"])
    }

    @Test func anyValueIsReadAsItWasWritten() {
        for seed in UInt64(1)...200 {
            var random = SplitMix64(seed: seed)
            let value = Self.value(depth: 4, &random)
            #expect(JSONValue(json: value.json) == value, "seed \(seed)")
        }
    }

    private static func value(depth: Int, _ random: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .boolean(.random(using: &random))
        case 2: .integer(.random(in: .min ... .max, using: &random))
        // A number without a fraction is read as a whole one.
        case 3: .number(Double(Int.random(in: -1_000...1_000, using: &random)) + 0.5)
        case 4: .text(word(&random))
        case 5, 6:
            .list((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        (word(&random), value(depth: depth - 1, &random))
                    }, uniquingKeysWith: { $1 }))
        }
    }

    private static func word(_ random: inout SplitMix64) -> String {
        let letters = Array("ab/\"\\\n\t{}[]:,é😀 \u{7f}\u{1}")
        return String(
            (0..<Int.random(in: 0...6, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
    }
}
