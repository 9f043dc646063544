@testable import Breaking
import Foundation
import Stack
import Testing

/// The pure room's own logarithm and power against the C library's.
@Suite struct NumbersTests {
    @Test func logarithmAndPowerAreThoseOfTheLibrary() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            let value = pow(10, Double.random(in: -300...300, using: &random))
            #expect(abs(value.binaryLogarithm - log2(value)) <= 1e-13 * max(abs(log2(value)), 1))
            let exponent = Double.random(in: -990...990, using: &random)
            #expect(abs(exponent.powerOfTwo / exp2(exponent) - 1) < 1e-13)
        }
        #expect(1.0.binaryLogarithm == 0)
        #expect((-2_000.0).powerOfTwo == 0)
        #expect(2_000.0.powerOfTwo == .infinity)
        #expect(0.0.powerOfTwo == 1)
    }
}
