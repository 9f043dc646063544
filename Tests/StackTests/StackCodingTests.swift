import Foundation
import Stack
import Testing

@Suite struct StackCodingTests {
    @Test func aStackIsReadAsItWasWritten() throws {
        let stack = Stack(
            name: "shop", directory: "/srv", services: [], restartConcurrency: 7, statusAddress: nil,
            journal: JournalLimits(age: .seconds(60), size: 1 << 20))
        #expect(try JSONDecoder().decode(Stack.self, from: JSONEncoder().encode(stack)) == stack)
    }

    @Test func oneOfAnEarlierVersionSaysNothingOfTheJournal() throws {
        let text = #"{"name":"shop","directory":"/","services":{},"restartConcurrency":4}"#
        let stack = try JSONDecoder().decode(Stack.self, from: Data(text.utf8))
        #expect(stack.journal == JournalLimits() && stack.statusAddress == nil)
    }
}
