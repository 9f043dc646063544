/// Numbers with a fraction as text.
enum NumberText {
    /// The shortest text that reads back as `number`; whole numbers have no fraction, and from 1e21 on (and below
    /// 1e-4) there is an exponent of at least two digits, as Compose's own language prints them.
    static func shortest(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf" }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        let text = "\(number)"
        guard let mark = text.firstIndex(of: "e") else { return text }
        let digits = text[..<mark].hasSuffix(".0") ? text[..<mark].dropLast(2) : text[..<mark]
        guard let exponent = Int(text[text.index(after: mark)...]) else { return text }
        if exponent >= 0, exponent < 21 {
            let plain = digits.filter { $0 != "." }
            let fraction = digits.count > 1 ? digits.count - digits.prefix { $0 != "." }.count - 1 : 0
            return plain + String(repeating: "0", count: max(0, exponent - max(0, fraction)))
        }
        let size = abs(exponent)
        return "\(digits)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
    }
}
