/// Reads `gateway` under `x-hale`: whether the names of a service lead its clients through the gateway.
struct GatewayLowering {
    static let key = "gateway"

    let hale: Fields

    /// Nil where the file does not say.
    func isOn(_ problems: inout Problems) -> Bool? {
        guard let value = hale[Self.key] else { return nil }
        switch value.scalarText {
        case "on", "true": return true
        case "off", "false": return false
        default:
            problems.report(hale.path + [Self.key], "expected on or off\(hale.found(value))")
            return nil
        }
    }
}
