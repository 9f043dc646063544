import Testing

@testable import Probing

@Suite struct ScramClientTests {
    private let nonce = "rOprNGfwEbeRWgbNEkqO"
    private let serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

    /// The example of RFC 7677, section 3.
    @Test func speaksTheExampleOfTheStandard() throws {
        var client = ScramClient(user: "user", password: "pencil", nonce: nonce)
        #expect(String(decoding: client.first, as: UTF8.self) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        let final = try client.answer(serverFirst: Array(serverFirst.utf8))
        #expect(
            String(decoding: final, as: UTF8.self)
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        try client.verify(serverFinal: Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
    }

    @Test func escapesTheUser() {
        let client = ScramClient(user: "a=b,c", password: "", nonce: "n")
        #expect(String(decoding: client.first, as: UTF8.self) == "n,,n=a=3Db=2Cc,r=n")
    }

    @Test(arguments: [
        "", "r=other,s=QUJD,i=4096", "r=rOprNGfwEbeRWgbNEkqO,s=QUJD,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=!!,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=0", "r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=2147483647",
        "r=rOprNGfwEbeRWgbNEkqOx,s=QUJD", "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4096",
    ])
    func refusesAMalformedChallenge(text: String) {
        var client = ScramClient(password: "pencil", nonce: nonce)
        #expect(throws: ScramClient.Failure.self) { try client.answer(serverFirst: Array(text.utf8)) }
    }

    @Test func refusesAWrongProof() throws {
        var client = ScramClient(user: "user", password: "pencil", nonce: nonce)
        _ = try client.answer(serverFirst: Array(serverFirst.utf8))
        for proof in ["", "v=", "v=QUJD", "e=invalid-proof"] {
            #expect(throws: ScramClient.Failure.self) { try client.verify(serverFinal: Array(proof.utf8)) }
        }
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["A", "AA", "AA=", "A===", "=AAA", "AA=A", "A A=", "ÄÄ"])
    func refusesWhatIsNotBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
