package fleet_test

import (
	"errors"
	"strings"
	"testing"

	"mutual/cmd/internal/fleet"
)

const sound = `version: 1
defaults:
  trust: ca.pem
  accept: [alice]
  timeout: 5s
identities:
  alice: {cert: "${CERTS}/alice.pem", key: keys/alice.pem, pass_env: ALICE_PASS}
  bob:
    cert: bob.pem
targets:
  - localhost:4433
  - name: api
    target: https://api.example:8443/v1
    trust: system
    refuse:
      - none
      - identity: bob
        code: client-cert-expired
    tls_min: "1.2"
    days_left: 21
    pins:
      - sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
      - 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00
  - {target: "db:5432", starttls: postgres, accept: [], refuse: self-signed}
`

func options(t testing.TB) fleet.Options {
	t.Helper()
	env := map[string]string{"CERTS": "/certs", "ALICE_PASS": "x"}
	return fleet.Options{
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		ParseTarget: func(target string) (string, int, string, error) {
			if strings.Contains(target, " ") {
				return "", 0, "", errors.New("no target")
			}
			return target, 443, "", nil
		},
		Nearest: func(name string, list []string) string {
			for _, s := range list {
				if len(name) > 2 && len(s) > 2 && name[:3] == s[:3] {
					return s
				}
			}
			return ""
		},
	}
}

func TestLoad(t *testing.T) {
	f, err := fleet.Load("conf/fleet.yaml", []byte(sound), options(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Targets) != 3 {
		t.Fatalf("Load = %d targets, want 3", len(f.Targets))
	}
	first, api, db := f.Targets[0], f.Targets[1], f.Targets[2]
	if len(first.Accept) != 1 || first.Accept[0].Cert != "/certs/alice.pem" || first.Accept[0].Key != "conf/keys/alice.pem" {
		t.Errorf("the first target accepts %+v, want alice, her files counted from the file's folder and ${CERTS}", first.Accept)
	}
	if len(first.Trust) != 1 || first.Trust[0] != "conf/ca.pem" || api.Trust != nil {
		t.Errorf("trust = %v and %v, want conf/ca.pem and the system's", first.Trust, api.Trust)
	}
	if len(api.Refuse) != 2 || api.Refuse[0].Name != "none" || api.Refuse[1].Code != "client-cert-expired" || api.Refuse[1].Line != 17 {
		t.Errorf("api refuses %+v, want none, and bob as expired, from line 17", api.Refuse)
	}
	if api.TLSMin.ID != 0x0303 || !api.DaysLeft.Set || api.DaysLeft.N != 21 || len(api.Pins) != 2 || api.Pins[0].SHA256 != api.Pins[1].SHA256 {
		t.Errorf("api = %+v, want TLS 1.2, 21 days and two pins of one key", api)
	}
	if len(db.Accept) != 0 || len(db.Refuse) != 1 || !db.Refuse[0].SelfSigned || db.StartTLS != "postgres" {
		t.Errorf("db = %+v, want no accepted identity and a self-signed one refused", db)
	}
}

// TestLoadFaults: each fault is named with its place, and nothing faulty is
// ever taken for an empty success.
func TestLoadFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "f.yaml:1:1: the file is empty; expected targets"},
		{"comment only", "# nothing\n", "f.yaml:1:1: the file is empty"},
		{"null", "~\n", "the file is empty"},
		{"no targets", "version: 1\n", "f.yaml:1:1: there are no targets"},
		{"empty list", "targets: []\n", "f.yaml:1:1: targets is an empty list"},
		{"null list", "targets:\n", "f.yaml:1:1: targets is empty; expected a list"},
		{"no list", "targets: {a: b}\n", "targets is a set of keys; expected a list"},
		{"syntax", "targets:\n  - target: \"a\n", "f.yaml:"},
		{"tab", "targets:\n\t- a\n", "f.yaml:2:1: found character that cannot start any token"},
		{"two documents", "targets: [{target: a, days_left: 1}]\n---\nx: 1\n", "f.yaml:2:1: a second document"},
		{"nothing expected", "targets:\n  - a\n", "f.yaml:2:5: nothing is expected of a"},
		{"unknown key", "targets:\n  - target: a\n    acept: none\n", `f.yaml:3:5: the key "acept" is not known in a target; expected one of`},
		{"near key", "targets:\n  - target: a\n    tls_mim: 1\n", `f.yaml:3:5: the key "tls_mim" is not known in a target; expected tls_min`},
		{"key twice", "targets:\n  - target: a\n    days_left: 1\n    days_left: 2\n", `f.yaml:4:5: the key "days_left" stands already in line 3`},
		{"target twice", "targets:\n  - {target: a, days_left: 1}\n  - {target: a, days_left: 1}\n", `f.yaml:3:5: the target "a" stands already in line 2`},
		{"no address", "targets:\n  - {name: a}\n", "f.yaml:2:5: a target without its address"},
		{"bad address", "targets:\n  - {target: 'a b', days_left: 1}\n", "f.yaml:2:14: no target; expected host"},
		{"version", "version: 2\ntargets: [{target: a, days_left: 1}]\n", `f.yaml:1:10: version is "2"; expected 1`},
		{"tls_min", "targets:\n  - {target: a, tls_min: 1.4}\n", `f.yaml:2:26: tls_min is "1.4"; expected one of "1.0"`},
		{"days", "targets:\n  - {target: a, days_left: soon}\n", `days_left is "soon"; expected a whole number`},
		{"negative days", "targets:\n  - {target: a, days_left: -1}\n", `days_left is "-1"`},
		{"timeout", "targets:\n  - {target: a, days_left: 1, timeout: 5}\n", `timeout is "5"; expected a time with its unit`},
		{"starttls", "targets:\n  - {target: a, days_left: 1, starttls: gopher}\n", `starttls is "gopher"; expected one of postgres, mysql, smtp`},
		{"pin", "targets:\n  - {target: a, pins: abcd}\n", `the pin is "abcd"; expected the SHA-256`},
		{"unknown identity", "targets:\n  - {target: a, refuse: mallory}\n", `f.yaml:2:25: refuse names the identity "mallory", which is not there; expected one below identities`},
		{"identity without certificate", "identities:\n  x: {key: a}\ntargets:\n  - {target: a, accept: x}\n", `f.yaml:2:3: the identity "x" has no certificate`},
		{"identity named none", "identities:\n  none: {cert: a}\ntargets:\n  - {target: a, accept: none}\n", `f.yaml:2:3: an identity "none" is there already`},
		{"unknown code", "targets:\n  - target: a\n    refuse: [{identity: none, code: client-cert-expird}]\n", `the code "client-cert-expird" is not known`},
		{"code on accept", "targets:\n  - target: a\n    accept: [{identity: none, code: client-cert-expired}]\n", "code says by which cause a client is refused"},
		{"variable not set", "targets:\n  - {target: '${NOWHERE}', days_left: 1}\n", "target takes ${NOWHERE} from the environment, where it is not set"},
		{"passphrase", "identities:\n  x: {cert: a, passphrase: hunter2}\ntargets:\n  - {target: a, accept: x}\n", `f.yaml:2:16: "passphrase" would put a secret into this file`},
		{"passphrase as variable's name", "identities:\n  x: {cert: a, pass_env: 'hunter 2'}\ntargets:\n  - {target: a, accept: x}\n", "pass_env is no name"},
		{"variable without passphrase", "identities:\n  x: {cert: a, pass_env: NOWHERE}\ntargets:\n  - {target: a, accept: x}\n", "pass_env names NOWHERE, which is not set"},
		{"inline key", "identities:\n  x:\n    cert: a\n    key: |\n      -----BEGIN PRIVATE KEY-----\ntargets:\n  - {target: a, accept: x}\n", "f.yaml:4:10: key holds PEM text; expected the name of a file"},
		{"password of a proxy", "targets:\n  - {target: a, days_left: 1, proxy: 'http://u:hunter2@proxy:3128'}\n", "the proxy's URL holds a password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := fleet.Load("f.yaml", []byte(c.text), options(t))
			var bad *fleet.FileError
			if !errors.As(err, &bad) || f != nil {
				t.Fatalf("Load = %+v, %v, want a *FileError", f, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("Load: %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Errorf("Load: %v, which repeats a secret", err)
			}
		})
	}
}

// FuzzLoad: whatever the bytes, there is either a file that expects something
// of some server, or an error that says what is wrong.
func FuzzLoad(f *testing.F) {
	f.Add(sound)
	f.Add("targets: [&a {target: x, accept: none}, *a]")
	f.Add("a: &a [*a]")
	opts := options(f)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := fleet.Load("f.yaml", []byte(text), opts)
		switch {
		case err != nil && err.Error() == "":
			t.Error("Load = an error without words")
		case err == nil && len(file.Targets) == 0:
			t.Error("Load = no targets and no error")
		case err == nil:
			for _, target := range file.Targets {
				if len(target.Accept)+len(target.Refuse)+len(target.Pins) == 0 && target.TLSMin.ID == 0 && !target.DaysLeft.Set {
					t.Errorf("Load: nothing is expected of %q", target.Name)
				}
			}
		}
	})
}
