internal import CLinux
internal import Glibc
internal import Platform
internal import Wire

/// All words of a process that is to be made, in the form in which the kernel takes them: whoever is in a hurry has them
/// ready.
final class PreparedSpawn {
    let request: SpawnRequest
    let candidates: CStringArray
    let arguments: CStringArray
    let environment: CStringArray
    let folder: UnsafeMutablePointer<CChar>?
    /// Bit 0 is signal 1.
    let ignoredSignals: UInt64

    /// The words of `request`. `path` is what to run where that is not to be found by the first argument.
    init(_ request: SpawnRequest, path: String? = nil, environment: [String]) {
        self.request = request
        let program = request.arguments.first ?? ""
        candidates = CStringArray(path.map { [$0] } ?? Self.candidates(for: program, environment: environment))
        arguments = CStringArray(request.arguments)
        self.environment = CStringArray(environment)
        folder = strdup(request.workingDirectory)
        ignoredSignals = hale_ignored_signals()
    }

    deinit { free(folder) }

    /// The paths to try: the program itself where it has a slash, else its place in each folder of the PATH.
    private static func candidates(for program: String, environment: [String]) -> [String] {
        if program.contains("/") { return [program] }
        let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(program)" }
    }
}

/// Strings as a C array that ends with NULL.
final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deinitialize(count: count + 1)
        pointers.deallocate()
    }
}
