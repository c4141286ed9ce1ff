package diagnose

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"time"
)

// Standing is what a known CA is good for today.
type Standing string

// The standings.
const (
	// GoogleRoot is a live root of Google Trust Services, in roots.pem.
	GoogleRoot Standing = "google-root"
	// GoogleIssuing is a live intermediate of Google Trust Services.
	GoogleIssuing Standing = "google-intermediate"
	// GoogleExpired served Google once and is dead: no certificate that Google
	// uses today leads to it.
	GoogleExpired Standing = "google-expired"
	// DialogflowRoot is the root of the certificate that Dialogflow presents.
	DialogflowRoot Standing = "dialogflow-root"
	// DialogflowIssuing is the intermediate that Dialogflow sends.
	DialogflowIssuing Standing = "dialogflow-intermediate"
	// NextCandidate may become a root of Dialogflow's: listed, not trusted.
	NextCandidate Standing = "candidate"
	// OtherRoot is a root that has signed one of Google's.
	OtherRoot Standing = "other-root"
)

// KnownCA is a certificate authority that Google uses, used, or may come to
// use. A key is one CA, whatever certificates were made of it.
type KnownCA struct {
	Name     string
	Standing Standing
	SPKI     string // SHA-256 of the SubjectPublicKeyInfo, base64
	// SHA256 holds the certificates of this key, hexadecimal, the current one
	// first.
	SHA256   []string
	NotAfter time.Time // of the current certificate
}

// KnownCAOf recognises a certificate by its public key, and so also in a
// re-issued or cross-signed form. It returns false for nil and for a
// certificate that is none of Google's.
func KnownCAOf(x *x509.Certificate) (KnownCA, bool) {
	if x == nil {
		return KnownCA{}, false
	}
	sum := sha256.Sum256(x.RawSubjectPublicKeyInfo)
	pin := base64.StdEncoding.EncodeToString(sum[:])
	for _, ca := range knownCAs {
		if ca.SPKI == pin {
			return ca, true
		}
	}
	return KnownCA{}, false
}

// KnownCAs returns the whole table. The slice is the caller's.
func KnownCAs() []KnownCA { return slices.Clone(knownCAs) }

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// knownCAs is read from the certificates as published at https://pki.goog/ and
// by SSL.com, in November 2026. What expired with GlobalSign R2 is what
// Google's Dialogflow page of 2018 said to trust.
var knownCAs = []KnownCA{
	{Name: "GTS Root R1", Standing: GoogleRoot, NotAfter: date(2036, 6, 22),
		SPKI: "hxqRlPTu1bMS/0DITB1SSu0vd4u/8l8TjPgfaAp63Gc=",
		SHA256: []string{
			"d947432abde7b7fa90fc2e6b59101b1280e0e1c7e4e40fa3c6887fff57a7f4cf",
			"2a575471e31340bc21581cbd2cf13e158463203ece94bcf9d3cc196bf09a5472", // before it was signed again in 2020
			"3ee0278df71fa3c125c4cd487f01d774694e6fc57e0cd94c24efd769133918e5", // signed by GlobalSign R1
		}},
	{Name: "GTS Root R2", Standing: GoogleRoot, NotAfter: date(2036, 6, 22),
		SPKI: "Vfd95BwDeSQo+NUYxVEEIlvkOlWY2SalKK1lPhzOx78=",
		SHA256: []string{
			"8d25cd97229dbf70356bda4eb3cc734031e24cf00fafcfd32dc76eb5841c7ea8",
			"c45d7bb08e6d67e62e4235110b564e5f78fd92ef058c840aea4e6455d7585c60", // before it was signed again in 2020
		}},
	{Name: "GTS Root R3", Standing: GoogleRoot, NotAfter: date(2036, 6, 22),
		SPKI: "QXnt2YHvdHR3tJYmQIr0Paosp6t/nggsEGD4QJZ3Q0g=",
		SHA256: []string{
			"34d8a73ee208d9bcdb0d956520934b4e40e69482596e8b6f73c8426b010a6f48",
			"15d5b8774619ea7d54ce1ca6d0b0c403e037a917f131e8a04e1e6b7a71babce5", // before it was signed again in 2020
		}},
	{Name: "GTS Root R4", Standing: GoogleRoot, NotAfter: date(2036, 6, 22),
		SPKI: "mEflZT5enoR1FuXLgYYGqnVEoZvmf9c2bVBpiOjYQ0c=",
		SHA256: []string{
			"349dfa4058c5e263123b398ae795573c4e1313c83fe68f93556cd5e8031b3c7d",
			"71cca5391f9e794b04802530b363e121da8a3043bb26662fea4dca7fc951a4bd", // before it was signed again in 2020
			"76b27b80a58027dc3cf1da68dac17010ed93997d0b603e2fadbe85012493b5a7", // signed by GlobalSign R1
		}},
	{Name: "GlobalSign ECC Root CA - R4", Standing: GoogleRoot, NotAfter: date(2038, 1, 19),
		SPKI: "CLOmM1/OXvSPjw5UOYbAf9GKOxImEp9hhku9W90fHMk=",
		SHA256: []string{
			"b085d70b964f191a73e4af0d54ae7a0e07aafdaf9b71dd0862138ab7325a24a2",
			"bec94911c2955676db6c0a550986d76e3ba005667c442c9762b4fbb773de228c", // before it was signed again in 2020
		}},
	{Name: "GlobalSign Root CA - R2", Standing: GoogleExpired, NotAfter: date(2021, 12, 15),
		SPKI: "iie1VXtL7HzAMF+/PVPR9xzT80kQxdZeJ+zduCB3uj0=",
		SHA256: []string{
			"ca42dd41745fd0b81eb902362cf9d8bf719da1bd1b1efc946f5b4c99f42c1b9e",
			"69e2d06c30f366166165e91d68d1cee5cc47584a80227e76666086c0107241eb", // signed again in 2020
			"4ef06b3815b05fcca7a66b35dc2229f4bbc600b46e1e083cf7f0d6d1c406559c", // signed by GlobalSign R1
		}},
	{Name: "GlobalSign Root CA (R1)", Standing: OtherRoot, NotAfter: date(2028, 1, 28),
		SPKI: "K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q=",
		SHA256: []string{
			"ebd41040e4bb3ec742c9e381d31ef2a41a48b6685c96e7cef3c1df6cd4331c99",
		}},
	{Name: "Google Internet Authority G2", Standing: GoogleExpired, NotAfter: date(2015, 4, 4),
		SPKI: "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=",
		SHA256: []string{
			"a047a37fa2d2e118a4f5095fe074d6cfe0e352425a7632bf8659c03919a6c81d",
		}},
	{Name: "GeoTrust Global CA", Standing: GoogleExpired, NotAfter: date(2022, 5, 21),
		SPKI: "h6801m+z8v3zbgkRHpq6L29Esgfzhj89C1SyUCOQmqU=",
		SHA256: []string{
			"ff856a2d251dcd88d36656f450126798cfabaade40799c722de4d2b5db36a73a",
		}},
	{Name: "Google Internet Authority G3", Standing: GoogleExpired, NotAfter: date(2021, 12, 15),
		SPKI: "f8NnEFZxQ4ExFOhSN7EiFWtiudZQVD2oY60uauV/n78=",
		SHA256: []string{
			"be0ccd54d4cecda1bd5e5d9ecc85a04c2c1f93a5220d77fde88fe9ad081f641b",
		}},
	{Name: "GTS CA 1O1", Standing: GoogleExpired, NotAfter: date(2021, 12, 15),
		SPKI: "YZPgTZ+woNCCCIW3LH2CxQeLzB/1m42QcCTBSdgayjs=",
		SHA256: []string{
			"95c074e35902a14abd9d19afb6e7f80e669ff8e2363270539d963613f04aaa21",
		}},
	{Name: "GTS CA 1D2", Standing: GoogleExpired, NotAfter: date(2021, 12, 15),
		SPKI: "qPerI4uMwY1VrtRE5aBY8jIQJopLUuBt2+GDUWMwZn4=",
		SHA256: []string{
			"d57084c1279873271eb2ce7b8415a41ce9126b544d8518bad87ff1ce5a604da3",
		}},
	{Name: "GIAG4", Standing: GoogleExpired, NotAfter: date(2021, 12, 15),
		SPKI: "AAGolo0N1iZa5uuvm02csZnkuZs8hvI+HRLhAHtNhqk=",
		SHA256: []string{
			"178ce2ce41e6d29926c89372ecf01b1120ad7b6d980ad298354c2efd3141e129",
		}},
	{Name: "GTS CA 1C3", Standing: GoogleIssuing, NotAfter: date(2027, 9, 30),
		SPKI: "zCTnfLwLKbS9S2sbp+uFz4KZOocFvXxkV06Ce9O5M2w=",
		SHA256: []string{
			"23ecb03eec17338c4e33a6b48a41dc3cda12281bbc3ff813c0589d6cc2387522",
		}},
	{Name: "GTS CA 1D4", Standing: GoogleIssuing, NotAfter: date(2027, 9, 30),
		SPKI: "cXjPgKdVe6iojP8s0YQJ3rtmDFHTnYZxcYvmYGFiYME=",
		SHA256: []string{
			"64e286b76063602a372efd60cde8db2656a49ee15e84254b3d6eb5fe38f4288b",
		}},
	{Name: "GTS CA 1P5", Standing: GoogleIssuing, NotAfter: date(2027, 9, 30),
		SPKI: "81Wf12bcLlFHQAfJluxnzZ6Frg+oJ9PWY/Wrwur8viQ=",
		SHA256: []string{
			"97d42003e132552946097f20ef955f5b1cd570aa4372d780033a65efbe69758d",
		}},
	{Name: "WR1", Standing: GoogleIssuing, NotAfter: date(2029, 2, 20),
		SPKI: "yDu9og255NN5GEf+Bwa9rTrqFQ0EydZ0r1FCh9TdAW4=",
		SHA256: []string{
			"b10b6f00e609509e8700f6d34687a2bfce38ea05a8fdf1cdc40c3a2a0d0d0e45",
		}},
	{Name: "WR2", Standing: GoogleIssuing, NotAfter: date(2029, 2, 20),
		SPKI: "YPtHaftLw6/0vnc2BnNKGF54xiCA28WFcccjkA4ypCM=",
		SHA256: []string{
			"e6fe22bf45e4f0d3b85c59e02c0f495418e1eb8d3210f788d48cd5e1cb547cd4",
		}},
	{Name: "WE1", Standing: GoogleIssuing, NotAfter: date(2029, 2, 20),
		SPKI: "kIdp6NNEd8wsugYyyIYFsi1ylMCED3hZbSR8ZFsa/A4=",
		SHA256: []string{
			"1dfc1605fbad358d8bc844f76d15203fac9ca5c1a79fd4857ffaf2864fbebf96",
		}},
	{Name: "SSL.com Root Certification Authority RSA", Standing: DialogflowRoot, NotAfter: date(2041, 2, 12),
		SPKI: "0cRTd+vc1hjNFlHcLgLCHXUeWqn80bNDH/bs9qMTSPo=",
		SHA256: []string{
			"85666a562ee0be5ce925c1d8890a6f76a87ec16d4d7d5f29ea7419cf20123b69",
		}},
	{Name: "SSL.com Client Certificate Intermediate CA RSA R2", Standing: DialogflowIssuing, NotAfter: date(2034, 3, 22),
		SPKI: "i08jg0QBQmEM+JqJgQx323fDRPRGdVoqKp1H7yz79IY=",
		SHA256: []string{
			"b6e44a69342d84363ab12182f2d2b888501b063a76beb00350e38ddc74715034",
		}},
	{Name: "SSL.com Client RSA Root CA 2022", Standing: NextCandidate, NotAfter: date(2046, 8, 19),
		SPKI: "Og7FTBgyooHcMGImf9k3QpAI4chBs3tKeasb3Uy6V/8=",
		SHA256: []string{
			"1d4ca4a2ab21d0093659804fc0eb2175a617279b56a2475245c9517afeb59153",
		}},
	{Name: "SSL.com Client ECC Root CA 2022", Standing: NextCandidate, NotAfter: date(2046, 8, 19),
		SPKI: "TDQyyYTGauKnVHQ5g8qJaeLxD0CGOE3Di4BgUyywvqc=",
		SHA256: []string{
			"ad7dd58d03aedb22a30b5084394920ce12230c2d8017ad9b81ab04079bdd026b",
		}},
}
