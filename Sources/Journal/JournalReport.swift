/// What the journal has to say of itself.
public enum JournalReport: Hashable, Sendable {
    /// It does not do what it should, from now on; what is wrong and what a person can do. Takes the place of `instead`,
    /// an earlier sentence.
    case trouble(String, instead: String?)
    /// That is over; how it went.
    case mended(String, story: String?)
    /// Something that is done with but that a person should know.
    case happened(String)
}
