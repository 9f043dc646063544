extension Double {
    /// The nearest value in the range; its lower bound for what is no number.
    func bounded(to range: ClosedRange<Double>) -> Double {
        self >= range.lowerBound ? Swift.min(self, range.upperBound) : range.lowerBound
    }

    /// The logarithm to the base 2 of a positive, finite number, with an error below 1e-14 of it or so.
    ///
    /// A pure room has no C library to ask. The significand m lies in 1/√2..<√2, where ln m = 2 artanh((m-1)/(m+1))
    /// converges by a factor of 33 with each term.
    var binaryLogarithm: Double {
        var power = Double(exponent)
        var significand = significand
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            power += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var sum = 0.0
        for odd in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
        return power + 2 * ratio * sum / 0.693_147_180_559_945_3
    }

    /// 2 to the power of the number, 0 and infinity beyond what can be expressed.
    var powerOfTwo: Double {
        guard self > -1_000 else { return 0 }
        guard self < 1_000 else { return .infinity }
        let whole = rounded()
        let rest = (self - whole) * 0.693_147_180_559_945_3
        var sum = 1.0
        for term in stride(from: 16.0, through: 1, by: -1) { sum = 1 + sum * rest / term }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }
}
