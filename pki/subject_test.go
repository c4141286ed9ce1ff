package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
)

func TestParseSubject(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one part", "CN=client", "CN=client"},
		{"all of Google's", "CN=ann,O=Example,L=Berlin,emailAddress=ann@example.com", "CN=ann,O=Example,L=Berlin,emailAddress=ann@example.com"},
		{"spaces around", " CN = ann , O = Example ", "CN=ann,O=Example"},
		{"escaped comma", `CN=ann,O=Example\, Inc.`, `CN=ann,O=Example\, Inc.`},
		{"quoted comma", `O="Example, Inc.",CN=ann`, `O=Example\, Inc.,CN=ann`},
		{"hex escape", `CN=B\C3\A4r`, "CN=Bär"},
		{"kept trailing space", `CN=a\ `, `CN=a\ `},
		{"several in one level", "CN=ann+UID=a1,O=Example", "CN=ann+UID=a1,O=Example"},
		{"slashes", "/C=DE/O=Example/CN=ann", "CN=ann,O=Example,C=DE"},
		{"other names", "cn=a,s=Berlin,E=a@b.example", "CN=a,ST=Berlin,emailAddress=a@b.example"},
		{"object identifier", "2.5.4.3=ann,1.2.3.4=x", "CN=ann,1.2.3.4=x"},
		{"equals in a value", "CN=a=b", "CN=a=b"},
		{"semicolons", "CN=a;O=b", "CN=a,O=b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSubject(tt.in)
			if err != nil || got.String() != tt.want {
				t.Fatalf("ParseSubject(%q) = %q, %v, want %q", tt.in, got.String(), err, tt.want)
			}
			der, err := got.DER()
			if err != nil {
				t.Fatal(err)
			}
			if name := DescribeName(der); name != tt.want {
				t.Errorf("DescribeName(ParseSubject(%q)) = %q, want %q", tt.in, name, tt.want)
			}
		})
	}
}

func TestParseSubjectErrors(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "empty"},
		{"no equals", "client", "no '='"},
		{"unescaped comma", "O=Example, Inc.", "no '='"},
		{"unknown part", "XX=1", "unknown subject part"},
		{"no value", "CN=,O=x", "no value"},
		{"trailing comma", "CN=a,", "separator"},
		{"long", "CN=" + strings.Repeat("x", 65), "at most 64"},
		{"country", "C=Germany", "two letters"},
		{"e-mail not ASCII", "emailAddress=bär@example.com", "ASCII"},
		{"open quote", `CN="a`, "closing quote"},
		{"dangling backslash", `CN=a\`, "backslash"},
		{"control character", "CN=a\nb", "control"},
		{"not UTF-8", "CN=\xff", "UTF-8"},
		{"dangling plus", "CN=a+", "no '='"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSubject(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseSubject(%q) = %v, %v, want an error with %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestSubjectEncoding(t *testing.T) {
	der, err := mustSubject(t, "CN=Berta,C=DE,emailAddress=ann@example.com").DER()
	if err != nil {
		t.Fatal(err)
	}
	var rdns []pkix.RelativeDistinguishedNameSET
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		t.Fatal(err)
	}
	if got := rdns[0][0].Type.String(); got != "1.2.840.113549.1.9.1" {
		t.Errorf("first encoded part is %s, want emailAddress: the text runs from the least significant part", got)
	}
	// IA5String is tag 22, PrintableString 19 (X.690 §8.23).
	for value, tag := range map[string]byte{"ann@example.com": 22, "DE": 19, "Berta": 19} {
		if i := strings.Index(string(der), value); i < 2 || der[i-2] != tag {
			t.Errorf("%q has string tag %d, want %d", value, der[i-2], tag)
		}
	}
}

func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{"CN=a,O=b", `CN=a\,b+OU="x, y"`, "/CN=a/O=b", `CN=\C3\A4`, "C=DE,2.5.4.3=x", "CN=a+", `CN="`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		subject, err := ParseSubject(s)
		if err != nil {
			return
		}
		der, err := subject.DER()
		if err != nil {
			t.Fatalf("ParseSubject(%q).DER() = %v", s, err)
		}
		again, err := ParseSubject(subject.String())
		if err != nil {
			t.Fatalf("ParseSubject(%q) = %q, which does not parse: %v", s, subject, err)
		}
		if der2, _ := again.DER(); string(der) != string(der2) {
			t.Fatalf("ParseSubject(%q) encodes as %x, and its text %q as %x", s, der, subject, der2)
		}
	})
}
