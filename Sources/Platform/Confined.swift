/// A value on its way past threads that it does not belong to.
///
/// Unchecked: only the thread that it belongs to opens it.
public struct Confined<Value>: @unchecked Sendable {
    /// The value, for that thread alone.
    public let value: Value

    /// On its way.
    public init(_ value: Value) {
        self.value = value
    }
}
