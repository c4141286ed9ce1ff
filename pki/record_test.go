package pki

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseRecord(t *testing.T) {
	text := "# comment\n" +
		"V\t301128000000Z\t\t01\tunknown\t/CN=a\n" +
		"R\t20511128000000Z\t261128000000Z,keyCompromise\t00FF\tunknown\t/CN=b\\\tc\n" +
		"R\t301128000000Z\t261128000000Z,holdInstruction,1.2.840.10040.2.3\t02\tunknown\t/CN=h\n" +
		"E\t191128000000Z\t\t03\told.pem\t/CN=\\xC3\\xA4\n"
	rec, err := ParseRecord([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(rec.Bytes()); got != text {
		t.Errorf("Bytes() =\n%s\nwant what was read:\n%s", got, text)
	}
	if r := rec.Rows[1]; r.Subject != "/CN=b\tc" || r.Reason != "keyCompromise" || r.NotAfter.Year() != 2051 || r.Serial.Int64() != 255 {
		t.Errorf("row 2 = %+v", r)
	}
	at := time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC)
	if row := rec.Find(rec.Rows[0].Serial); !row.Revoke(at, "superseded") || row.Revoke(at.Add(time.Hour), "") {
		t.Error("Revoke() counts another time than the first")
	}
	if got := strings.Split(string(rec.Bytes()), "\n")[1]; got != "R\t301128000000Z\t261129010203Z,superseded\t01\tunknown\t/CN=a" {
		t.Errorf("the revoked row is %q", got)
	}
	for _, tt := range []struct{ line, want string }{
		{"V\t301128000000Z\t\t01\tunknown", "5 fields"},
		{"X\t301128000000Z\t\t01\tunknown\t/CN=a", "the state"},
		{"V\t3011280000Z\t\t01\tunknown\t/CN=a", "the end"},
		{"V\t301128000000Z\t\t1\tunknown\t/CN=a", "even number"},
		{"V\t301128000000Z\t\t0x\tunknown\t/CN=a", "serial number"},
		{"V\t301128000000Z\t261128000000Z\t01\tunknown\t/CN=a", "a date of revocation at"},
		{"R\t301128000000Z\t\t01\tunknown\t/CN=a", "the date of revocation"},
		{"R\t301128000000Z\t261128000000Z,bored\t01\tunknown\t/CN=a", "the reason"},
		{"V\t301128000000Z\t\t01\tunknown\t/CN=a\nV\t301128000000Z\t\t0001\tunknown\t/CN=b", "line 2: found the serial number 01 a second time"},
	} {
		if _, err := ParseRecord([]byte(tt.line)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseRecord(%q) = %v, want %q", tt.line, err, tt.want)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("V\t301128000000Z\t\t01\tunknown\t/CN=a\nR\t301128000000Z\t261128000000Z,keyTime,20260101000000Z\t02\tunknown\t/CN=b\\\tc\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, err := ParseRecord(text)
		if err != nil {
			return
		}
		for i := range rec.Rows {
			rec.Rows[i].line = "" // have it written anew
		}
		again, err := ParseRecord(rec.Bytes())
		if err != nil || len(again.Rows) != len(rec.Rows) {
			t.Fatalf("ParseRecord(Bytes()) = %v", err)
		}
		for i, row := range rec.Rows {
			if got := again.Rows[i]; got.State != row.State || got.Serial.Cmp(row.Serial) != 0 || got.Subject != row.Subject || got.Reason != row.Reason || !got.NotAfter.Equal(row.NotAfter) || !got.Revoked.Equal(row.Revoked) {
				t.Fatalf("row %d = %+v, want %+v", i, got, row)
			}
		}
	})
}

// TestRecordRebuilt has a folder's record removed: the next certificate brings
// back the rows of all that are there.
func TestRecordRebuilt(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now, Clients: []string{"ann"}})
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Force: true})
	before, _, err := LoadRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, recordName)); err != nil {
		t.Fatal(err)
	}
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"bob"}, Now: now})
	after, _, err := LoadRecord(dir)
	if err != nil || len(after.Rows) != len(before.Rows)+1 {
		t.Fatalf("%d rows, %v, want %d", len(after.Rows), err, len(before.Rows)+1)
	}
	for _, row := range before.Rows {
		if got := after.Find(row.Serial); got == nil || got.text() != row.text() {
			t.Errorf("row of %s = %v, want %q", row.Subject, got, row.text())
		}
	}
}

// opensslConfig is what openssl ca needs to carry on in a folder.
const opensslConfig = `
[ca]
default_ca = mutual
[mutual]
dir = .
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
certificate = $dir/ca-crt.pem
private_key = $dir/ca-key.pem
new_certs_dir = $dir
default_md = default
default_days = 90
default_crl_days = 30
policy = any
copy_extensions = none
[any]
commonName = supplied
organizationName = optional
`

// TestOpenSSLCarriesOn has openssl ca revoke what mutual issued, issue besides,
// and make a list, with the folder's own record; then mutual goes on from there.
func TestOpenSSLCarriesOn(t *testing.T) {
	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now, Clients: []string{"ann"}})
	_, odd := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"odd"}, Now: now,
		Subject: `CN=Zoë / Müller+UID=7,O=A\, B & Söhne,STREET=Weg 1,emailAddress=z@example.com,DC=example,2.5.4.97=VATDE-1,1.2.3.4.5=x`, SANs: []string{"spiffe://example.org/zoe"}})
	mustWrite(t, filepath.Join(dir, "openssl.cnf"), opensslConfig, 0o644)
	openssl := func(words ...string) string {
		t.Helper()
		cmd := exec.Command(program, words...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(words, " "), err, out)
		}
		return string(out)
	}
	openssl("ca", "-config", "openssl.cnf", "-revoke", "ann-crt.pem", "-crl_reason", "keyCompromise")
	// By the name in the row openssl ca tells that it is the same certificate.
	if out := openssl("ca", "-config", "openssl.cnf", "-revoke", "odd-crt.pem"); strings.Contains(out, "Adding Entry") {
		t.Errorf("openssl ca finds no row of odd-crt.pem:\n%s", out)
	}
	openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "carl.key", "-subj", "/O=Example/CN=carl", "-out", "carl.csr")
	openssl("ca", "-config", "openssl.cnf", "-batch", "-notext", "-in", "carl.csr", "-out", "carl.out")
	openssl("ca", "-config", "openssl.cnf", "-gencrl", "-out", "ca-crl.pem")

	rec, _, err := LoadRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	if row := rec.Find(odd.SerialNumber); row == nil || row.State != 'R' {
		t.Errorf("the row of odd-crt.pem = %+v, want it revoked", row)
	}
	for _, name := range []string{"carl.out", "carl.key", "carl.csr", serialText(rec.Rows[len(rec.Rows)-1].Serial) + ".pem"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"dora"}, Now: now})
	inv, err := TakeInventory(dir)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]HeldState{}
	for i := range inv.Certs {
		h := &inv.Certs[i]
		states[h.Subject] = h.State(DueByDefault, now)
		if h.Subject == "CN=ann" && h.Reason != "keyCompromise" {
			t.Errorf("CN=ann is revoked for %q", h.Reason)
		}
	}
	for subject, want := range map[string]HeldState{"CN=ann": HeldRevoked, "O=Example,CN=carl": HeldValid, "CN=dora": HeldValid, "CN=client": HeldValid, DescribeName(odd.RawSubject): HeldRevoked} {
		if states[subject] != want {
			t.Errorf("%s is %q, want %q; of %v", subject, states[subject], want, states)
		}
	}
	if len(inv.Lists) != 1 || inv.Lists[0].Entries != 2 {
		t.Errorf("lists %+v, want openssl's of two", inv.Lists)
	}
	openssl("ca", "-config", "openssl.cnf", "-updatedb")
	openssl("verify", "-CAfile", "ca-crt.pem", "-CRLfile", "ca-crl.pem", "-crl_check", "dora-crt.pem")
}

// TestInventory reads a folder with one certificate in each state.
func TestInventory(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now.Add(-41 * day), Clients: []string{"keyless", "crossed"}})
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"late"}, Now: now.Add(-40 * day), Life: 39 * day})
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"soon"}, Now: now.Add(-40 * day), Life: 50 * day})
	mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"client"}, Now: now, Force: true})
	if err := os.Remove(filepath.Join(dir, "keyless-key.pem")); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "crossed-key.pem"), string(mustRead(t, filepath.Join(dir, "client-key.pem"))), 0o600)
	mustWrite(t, filepath.Join(dir, ".mutual-0123456789abcdef.tmp"), "left by a killed one", 0o600)
	mustWrite(t, filepath.Join(dir, "alb.pem"), string(mustRead(t, filepath.Join(dir, "server-crt.pem")))+string(mustRead(t, filepath.Join(dir, "server-key.pem"))), 0o600)
	inv, err := TakeInventory(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range inv.Certs {
		h := &inv.Certs[i]
		if len(h.Cert.Raw) == 0 || h.CA != "ca-crt.pem" && !h.IsCA() {
			t.Errorf("%s: CA %q", h.File, h.CA)
		}
		got = append(got, h.File+" "+h.Kind()+" "+string(h.State(DueByDefault, now)))
	}
	want := []string{"ca-crt.pem CA valid", "client-crt.pem client valid", "client-crt.pem.1 client replaced", "crossed-crt.pem client key differs",
		"keyless-crt.pem client key missing", "late-crt.pem client expired", "server-crt.pem server valid", "soon-crt.pem client due"}
	if !slices.Equal(got, want) {
		t.Errorf("TakeInventory() = %q, want %q", got, want)
	}
	if Unfinished(dir) {
		t.Error("what a killed process left is still there")
	}
}

// TestListNumbers: each list has a higher number than the one before, whoever
// made that.
func TestListNumbers(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now})
	lists, err := loadLists(filepath.Join(dir, crlFileName))
	if err != nil || len(lists) != 1 || lists[0].Number.Int64() != 1 || len(lists[0].RevokedCertificateEntries) != 0 {
		t.Fatalf("lists %v, %v, want an empty one with the number 1", lists, err)
	}
	f := &folder{Set: Set{Dir: dir}}
	for text, want := range map[string]int64{"01\n": 2, "10\n": 16} {
		mustWrite(t, filepath.Join(dir, crlNumberName), text, 0o644)
		if n, err := f.nextCRLNumber(lists); err != nil || n.Int64() != want {
			t.Errorf("nextCRLNumber() with %q = %v, %v, want %d", text, n, err, want)
		}
	}
	mustWrite(t, filepath.Join(dir, crlNumberName), "ten\n", 0o644)
	if _, err := f.nextCRLNumber(lists); err == nil || !strings.Contains(err.Error(), crlNumberName) {
		t.Errorf("nextCRLNumber() of a damaged file = %v", err)
	}
}
