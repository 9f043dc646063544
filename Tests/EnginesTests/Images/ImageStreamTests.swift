import Foundation
import Stack
import Testing

@testable import Engines

@Suite struct ImageStreamTests {
    private func messages(_ text: String) -> [StreamMessage] {
        var lines = JSONLines()
        return lines.take(Array(text.utf8)).compactMap(StreamMessage.init)
    }

    private func read(_ text: String) -> (lines: [String], output: BuildOutput) {
        var output = BuildOutput()
        var lines = messages(text).flatMap { output.take($0) }
        lines += output.flush()
        return (lines, output)
    }

    @Test func pullsTellOfTheirLayers() {
        let text = """
            {"status":"Pulling from library/nginx","id":"1.27"}\r
            {"status":"Downloading","progressDetail":{"current":10,"total":200},"progress":"[=> ]","id":"abc"}\r
            {"status":"Pull complete","progressDetail":{},"id":"abc"}\r
            {"status":"Digest: sha256:00"}\r
            {"somethingElse":1}\r
            no JSON\r

            """
        #expect(
            messages(text).compactMap(PullProgress.init) == [
                PullProgress(part: "1.27", status: "Pulling from library/nginx"),
                PullProgress(part: "abc", status: "Downloading", current: 10, total: 200),
                PullProgress(part: "abc", status: "Pull complete"), PullProgress(status: "Digest: sha256:00"),
            ])
    }

    @Test func failuresOfBothKindsAreRead() {
        let text = #"""
            {"errorDetail":{"message":"no such host"},"error":"old words"}
            {"error":"denied"}
            {"errorDetail":{"code":1}}
            {"status":"fine"}

            """#
        #expect(
            messages(text).map(\.failure) == ["no such host", "denied", "the engine does not say what failed", nil])
    }

    @Test func buildsAreReadLineByLine() {
        let (lines, output) = read(
            #"""
            {"stream":"Step 1/2 : FROM box"}
            {"stream":"\n"}
            {"stream":" ---\u003e 0123\n"}
            {"stream":"one\r\ntwo\rth"}
            {"stream":"ree\nlast"}
            {"aux":{"ID":"sha256:abc"}}

            """#)
        #expect(lines == ["Step 1/2 : FROM box", " ---> 0123", "one", "two", "three", "last"])
        #expect(output.image == "sha256:abc" && output.failure == nil)
    }

    @Test func aFailureNamesItsStep() {
        let (_, output) = read(
            #"""
            {"stream":"Step 2/3 : RUN false\n"}
            {"stream":" ---\u003e Running in 0123\n"}
            {"errorDetail":{"code":1,"message":"returned a non-zero code: 1"},"error":"returned a non-zero code: 1"}

            """#)
        #expect(output.failure == "Step 2/3 : RUN false: returned a non-zero code: 1")
        let (_, early) = read("{\"error\":\"no build stage\"}\n")
        #expect(early.failure == "no build stage")
    }

    @Test func aBaseThatIsPulledTellsOfItsLayersButNotOfItsBytes() {
        let (lines, _) = read(
            #"""
            {"stream":"Step 1/1 : FROM x"}
            {"status":"Pulling fs layer","progressDetail":{},"id":"abc"}
            {"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"abc"}
            {"status":"Digest: d"}

            """#)
        #expect(lines == ["Step 1/1 : FROM x", "abc: Pulling fs layer", "Digest: d"])
    }

    @Test func lengthOfALineIsLimited() {
        let (lines, _) = read("{\"stream\":\"\(String(repeating: "x", count: 200_000))\"}\n")
        #expect(lines.count == 4 && lines.joined().count == 200_000)
    }

    @Test func imagesOfBothEnginesAreRead() throws {
        let docker = #"""
            {"Id":"sha256:a","RepoTags":["x:1"],"RepoDigests":[],"Created":"2024-01-02T03:04:05.678901234Z",
             "Config":{"ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGQUIT",
              "Cmd":["a","b"],"Entrypoint":null,"User":"","Labels":{"k":"v"},
              "Healthcheck":{"Test":["CMD","true"],"Interval":1000000000,"StartPeriod":5,"Retries":3}},
             "Architecture":"amd64","Os":"linux","Metadata":{"LastTagTime":"2024-01-02T03:04:05.678901234+01:00"}}
            """#
        let image = try JSONDecoder().decode(ImageDetails.self, from: Data(docker.utf8))
        #expect(image.Config?.ExposedPorts?.names == ["443/tcp", "80/tcp"])
        #expect(image.Config?.Volumes?.names == ["/data"] && image.Config?.Entrypoint == nil)
        #expect(image.Config?.Healthcheck?.Retries == 3 && image.Config?.StopSignal == "SIGQUIT")
        #expect(image.lastTagged == 1_704_161_045)
        let bare = try JSONDecoder().decode(ImageDetails.self, from: Data(#"{"Id":"a","Config":null}"#.utf8))
        #expect(bare.lastTagged == nil)
    }

    @Test func anImageIsOldWhenItsLastNameIs() throws {
        func image(_ time: String) throws -> ImageDetails {
            let text = #"{"Id":"a","Metadata":{"LastTagTime":"\#(time)"}}"#
            return try JSONDecoder().decode(ImageDetails.self, from: Data(text.utf8))
        }
        let named = try image("1970-01-02T00:00:00Z")
        #expect(named.lastTagged == 86_400)
        #expect(!named.isOlder(than: .seconds(60), now: 86_459) && named.isOlder(than: .seconds(60), now: 86_460))
        #expect(!named.isOlder(than: .seconds(60), now: 0))
        for never in ["0001-01-01T00:00:00Z", "rubbish", ""] {
            #expect(try image(never).isOlder(than: .seconds(60), now: 0))
        }
    }

    @Test func aBuildIsAskedForInTheAPIsWords() {
        var build = ImageBuild(context: "/x", image: "a:1")
        #expect(RequestQuery(of: build, dockerfile: "D f").text == "?t=a%3A1&dockerfile=D%20f&rm=1&forcerm=1")
        build = ImageBuild(
            context: "https://host/x.git#main", arguments: ["b": "2/", "a": "1"], target: "t", image: "a",
            tags: ["b:2"],
            labels: ["l": ""], cacheFrom: ["c"], noCache: true, pull: true, network: "none", sharedMemory: 64,
            extraHosts: ["h:1", "i:2"], isolation: "process", platform: "Linux/ARM64")
        #expect(
            RequestQuery(of: build, dockerfile: nil).text.removingPercentEncoding
                == "?t=a&t=b:2&remote=https://host/x.git#main&buildargs={\"a\":\"1\",\"b\":\"2/\"}&labels={\"l\":\"\"}"
                + "&cachefrom=[\"c\"]&target=t&nocache=1&pull=1&networkmode=none&shmsize=64&extrahosts=h:1"
                + "&extrahosts=i:2&isolation=process&platform=linux/arm64&rm=1&forcerm=1")
    }
}
