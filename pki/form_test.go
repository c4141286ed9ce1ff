package pki

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckForm: what each program takes, and what it does not.
func TestCheckForm(t *testing.T) {
	w := newLoadWorld(t)
	for _, tt := range []struct {
		program, command string // which makes out, a file or a folder
		found            string // "" where the program takes it
	}{
		{"netty", "openssl ec -in k.pem -out out", "BEGIN EC PRIVATE KEY"},
		{"netty", "openssl pkcs8 -topk8 -nocrypt -in k.pem -out out", ""},
		{"pgjdbc", "cp k.pem out", "a key in PEM"},
		{"pgjdbc", "openssl pkcs8 -topk8 -nocrypt -in k.pem -outform DER -out out", ""},
		{"haproxy", "cp c.pem out", "without its private key"},
		{"haproxy", "cp c.pem out && cp k.pem out.key", ""},
		{"mongodb", "cat c.pem k.pem > out", ""},
		{"php", "openssl x509 -in c.pem -outform DER -out out", "another form"},
		{"update-ca-certificates", "mkdir out && cp ca.pem out/ca.pem", "ends in .pem"},
		{"update-ca-certificates", "mkdir out && cp ca.pem out/ca.crt", ""},
		{"docker", "mkdir out && cp ca.pem out/ca.crt && cp c.pem out/client.cert && cp k.pem out/client.key", ""},
		{"docker", "mkdir out && cp ca.pem out/ca.crt && cp cak.pem out/ca.key", "no ca.cert beside it"},
		{"docker", "mkdir out && cp ca.pem out/ca.cert", "a CA's certificate"},
		{"podman", "mkdir out && cp c.pem out/client.crt", "a client's certificate"},
		{"podman", "mkdir out && cp ca.pem out/ca.pem", "passed over"},
		{"libpq", "mkdir out && cp c.pem out/postgresql.crt && cp k.pem out/postgresql.key", "no root.crt"},
		{"capath", "mkdir out && cp ca.pem out/", "no file or link"},
		{"capath", "mkdir out && cp ca.pem c.pem out/ && openssl rehash out", ""},
	} {
		t.Run(tt.program, func(t *testing.T) {
			program(t, "openssl")
			dir := makersFolder(t, w)
			shell(t, dir, tt.command)
			out := filepath.Join(dir, "out")
			paths := []string{out}
			if entries, err := os.ReadDir(out); err == nil {
				paths = nil
				for _, e := range entries {
					paths = append(paths, filepath.Join(out, e.Name()))
				}
			}
			var files []*Contents
			for _, path := range paths {
				files = append(files, Inspect(path, nil))
			}
			problems, err := CheckForm(tt.program, out, files)
			switch {
			case err != nil:
				t.Fatal(err)
			case tt.found == "" && len(problems) > 0:
				t.Errorf("CheckForm(%s, %s) = %v, want nothing", tt.program, tt.command, problems)
			case tt.found != "" && (len(problems) == 0 || !strings.Contains(problems[0].Found, tt.found)):
				t.Errorf("CheckForm(%s, %s) = %v, want %q", tt.program, tt.command, problems, tt.found)
			}
		})
	}
}

// TestSubjectHash compares with OpenSSL, over names of several kinds.
func TestSubjectHash(t *testing.T) {
	program(t, "openssl")
	w := newLoadWorld(t)
	dir := makersFolder(t, w)
	for _, subject := range []string{"/CN=x", "/C=DE/O=Example  GmbH/CN=Some CA", "/O=Größe/CN=Ä b", "/CN=a/CN=B"} {
		shell(t, dir, "openssl req -x509 -utf8 -new -key k.pem -subj '"+subject+"' -days 1 -out x.pem")
		want := strings.TrimSpace(shell(t, dir, "openssl x509 -noout -subject_hash -in x.pem"))
		if got := SubjectHash(Inspect(filepath.Join(dir, "x.pem"), nil).Items[0].Raw); got != want {
			t.Errorf("SubjectHash(%s) = %s, want %s", subject, got, want)
		}
	}
}
