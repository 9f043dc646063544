internal import Encryption
internal import Platform

/// What TLS needs of files, read again when they change. What cannot be read changes nothing: what was there before goes on.
struct TLSMaterial<Settings: TLSSettings> {
    /// What a look at the files has come to.
    enum News: Equatable {
        /// They are as they were.
        case none
        /// They have changed and are in use now.
        case renewed
        /// They cannot be used.
        case unusable(String)
    }

    let settings: Settings
    private var stamps: [FileVersion?]?
    /// What new connections are begun with; nil while the files could never be used.
    private(set) var context: Settings.Context?

    /// What these settings need; nothing is read yet.
    init(_ settings: Settings) {
        self.settings = settings
    }

    /// Reads the files if they are others than at the last look.
    mutating func look() -> News {
        // Before they are read, so that what changes meanwhile is met by the next look.
        let present = settings.files.map { FileVersion($0) }
        guard present != stamps else { return .none }
        let isFirst = stamps == nil
        stamps = present
        do {
            context = try settings.context()
            return isFirst ? .none : .renewed
        } catch {
            return .unusable(error.description)
        }
    }
}
