import Stack
import Testing

@testable import Runtimes

@Suite struct RuntimeExitTests {
    @Test(arguments: [
        (0, Int32?.some(0), Int32?.none), (1, 1, nil), (127, 127, nil), (128, 128, nil), (129, nil, 1), (137, nil, 9),
        (143, nil, 15), (192, nil, 64), (193, 193, nil), (255, 255, nil), (-1, -1, nil),
    ])
    func aSignalIsToldByTheCode(told: Int, code: Int32?, signal: Int32?) {
        let exit = RuntimeExit(containerCode: told, outOfMemory: false)
        #expect(exit.code == code && exit.signal == signal && !exit.outOfMemory && exit.successor == nil)
    }

    @Test func nothingIsKnownWithoutOne() {
        let exit = RuntimeExit(containerCode: nil, outOfMemory: true)
        #expect(exit.code == nil && exit.signal == nil && exit.outOfMemory)
    }
}
