import Protocols
import Testing

extension RedisObserver: Observing {}

/// What a Redis server sent, and what there is to tell of it.
struct RedisDialogue: Sendable, CustomTestStringConvertible {
    var name: String
    var testDescription: String { name }
    var bytes: [UInt8]
    var replies: UInt64
    var errors: UInt64
    var faults: UInt64
    var last: RedisError?
    var isOpaque: Bool

    init(
        _ name: String, _ text: String, replies: UInt64, errors: UInt64 = 0, faults: UInt64 = 0,
        last: RedisError? = nil,
        isOpaque: Bool = false
    ) {
        self.name = name
        bytes = Array(text.utf8)
        self.replies = replies
        self.errors = errors
        self.faults = faults
        self.last = last
        self.isOpaque = isOpaque
    }
}

let redisDialogues: [RedisDialogue] = [
    RedisDialogue("a status", "+OK\r\n", replies: 1),
    RedisDialogue("three replies", "+OK\r\n:42\r\n$5\r\nhello\r\n", replies: 3),
    RedisDialogue("an empty text", "$0\r\n\r\n+OK\r\n", replies: 2),
    RedisDialogue("nulls of RESP2", "$-1\r\n*-1\r\n", replies: 2),
    RedisDialogue(
        "values of RESP3", "_\r\n#t\r\n,1.5\r\n(123456789012345678901234567890\r\n=7\r\ntxt:abc\r\n", replies: 5),
    RedisDialogue("an array", "*2\r\n$1\r\na\r\n:1\r\n", replies: 1),
    RedisDialogue("an empty array", "*0\r\n+OK\r\n", replies: 2),
    RedisDialogue("arrays in arrays", "*2\r\n*1\r\n:1\r\n*2\r\n*0\r\n*-1\r\n+OK\r\n", replies: 2),
    RedisDialogue("a map and a set", "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n~1\r\n:1\r\n", replies: 2),
    RedisDialogue("a push is no reply", ">2\r\n+message\r\n+a\r\n+OK\r\n", replies: 1),
    RedisDialogue(
        "an attribute is none either", "|1\r\n+ttl\r\n:3600\r\n*1\r\n|1\r\n+k\r\n:1\r\n:2\r\n+OK\r\n", replies: 2),
    RedisDialogue("what looks like an error is text", "$12\r\n-LOADING a\r\n\r\n+OK\r\n", replies: 2),
    RedisDialogue("an error inside of EXEC", "*2\r\n+OK\r\n-OOM no\r\n", replies: 1),
    RedisDialogue(
        "loading", "-LOADING Redis is loading the dataset in memory\r\n", replies: 1, errors: 1, faults: 1,
        last: .loading),
    RedisDialogue("a word that only begins so", "-LOADINGS a\r\n", replies: 1, errors: 1, last: .other),
    RedisDialogue("an error of RESP3", "!11\r\nMASTERDOWN \r\n", replies: 1, errors: 1, faults: 1, last: .masterDown),
    RedisDialogue(
        "no memory", "+OK\r\n-OOM command not allowed\r\n", replies: 2, errors: 1, faults: 1, last: .outOfMemory),
    RedisDialogue("a replica", "-READONLY You can't write\r\n", replies: 1, errors: 1, last: .readOnly),
    RedisDialogue("no snapshots", "-MISCONF Redis is\r\n", replies: 1, errors: 1, faults: 1, last: .misconfigured),
    RedisDialogue("no replicas", "-NOREPLICAS Not enough\r\n", replies: 1, errors: 1, faults: 1, last: .noReplicas),
    RedisDialogue("a script", "-BUSY Redis is busy\r\n", replies: 1, errors: 1, faults: 1, last: .busy),
    RedisDialogue("no cluster", "-CLUSTERDOWN Hash slot\r\n", replies: 1, errors: 1, faults: 1, last: .clusterDown),
    RedisDialogue(
        "too many clients", "-ERR max number of clients reached\r\n", replies: 1, errors: 1, faults: 1,
        last: .tooManyClients),
    RedisDialogue("the client's mistake", "-ERR unknown command 'a'\r\n", replies: 1, errors: 1, last: .other),
    RedisDialogue("a redirection", "-MOVED 3999 127.0.0.1:6381\r\n+OK\r\n", replies: 2, errors: 1, last: .other),
    RedisDialogue(
        "a mistake after a fault", "-BUSY a\r\n-WRONGTYPE b\r\n", replies: 2, errors: 2, faults: 1, last: .other),
    RedisDialogue("half a text", "+OK\r\n$5\r\nhel", replies: 1),
    RedisDialogue("another protocol", "HTTP/1.1 200 OK\r\n\r\n", replies: 0, isOpaque: true),
    RedisDialogue("encryption", "\u{15}\u{3}", replies: 0, isOpaque: true),
    RedisDialogue("a length of letters", "$a\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a length of nothing", "$\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a negative length", "$-2\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a null of a set", "~-1\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a length beyond belief", "$1000000000000\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a streamed text", "$?\r\n;4\r\nabcd\r\n;0\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a length that ends in a line feed", "$1\na\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a bare carriage return", "+O\rK\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a text that is longer than it says", "$2\r\nabc\r\n", replies: 0, isOpaque: true),
    RedisDialogue("a text that ends in another byte", "$2\r\nab\rx", replies: 0, isOpaque: true),
    RedisDialogue("sixteen deep", String(repeating: "*1\r\n", count: 16) + ":1\r\n", replies: 1),
    RedisDialogue("seventeen deep", String(repeating: "*1\r\n", count: 17) + ":1\r\n", replies: 0, isOpaque: true),
]
