import Foundation
import Stack
import Testing

@Suite struct JSONValueTests {
    private static let values: [JSONValue] = [
        .boolean(true), .integer(-7), .integer(.max), .number(1.5), .number(1e300), .text("a\"b\\c\n\u{1}é"),
        .object(["b": .list([.null, .text("x")]), "a": .object([:])]),
    ]

    @Test(arguments: values) func isReadAsItWasWritten(value: JSONValue) throws {
        #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(value.json.utf8)) == value)
    }

    @Test func aNumberAlwaysHasAFraction() {
        #expect(JSONValue.number(2).json == "2.0")
        #expect(JSONValue.object(["b": .text("x"), "a": .integer(1)]).json == #"{"a":1,"b":"x"}"#)
        #expect("\(JSONValue.text("x"))" == "x")
    }

    @Test func aFlagKeepsItsTypeOverARestart() throws {
        let flag = Flag(
            name: "x", type: .number, defaultValue: .number(1),
            rules: [FlagRule(condition: .not(.service("a", .halfOpen)), value: .number(2), reason: "r")],
            description: "d")
        #expect(try JSONDecoder().decode(Flag.self, from: JSONEncoder().encode(flag)) == flag)
    }

    @Test func aStackOfAnEarlierVersionHasNone() throws {
        let stack = Stack(name: "a", directory: "/", services: [], flags: [])
        var object = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(stack)) as? [String: Any])
        object["flags"] = nil
        let data = try JSONSerialization.data(withJSONObject: object)
        #expect(try JSONDecoder().decode(Stack.self, from: data) == stack)
    }
}
