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
        // The series 1 + x/3 + x²/5 + …, written out as this is on the way of every call by consistent hash.
        var sum = 1.0 / 21
        sum = sum * square + 1.0 / 19
        sum = sum * square + 1.0 / 17
        sum = sum * square + 1.0 / 15
        sum = sum * square + 1.0 / 13
        sum = sum * square + 1.0 / 11
        sum = sum * square + 1.0 / 9
        sum = sum * square + 1.0 / 7
        sum = sum * square + 1.0 / 5
        sum = sum * square + 1.0 / 3
        sum = sum * square + 1
        return power + ratio * sum * 2.885_390_081_777_926_8
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
