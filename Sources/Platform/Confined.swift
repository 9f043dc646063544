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

/// A reference that keeps nothing alive, to be confined.
public final class Weak<Object: AnyObject> {
    /// The object, while there is one.
    public private(set) weak var object: Object?

    /// To that object.
    public init(_ object: Object) {
        self.object = object
    }
}
