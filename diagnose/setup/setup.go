// Package setup holds how each program is set up for mutual TLS: one row for
// each stack and role, with the text of its files. It is the one place where
// these texts live.
package setup

import (
	"cmp"
	"embed"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed text
var texts embed.FS

// Role is the end of the connection that a configuration is for.
type Role string

// The two ends.
const (
	Server Role = "server" // demands a client's certificate
	Client Role = "client" // presents one
)

// Stack is a program in one role.
type Stack struct {
	Name string // as it is typed
	Role Role
	What string // in a few words
	Port int    // where the program listens by custom

	// Files are what the program reads; the text of each is the template of the
	// same name in the folder of role and name.
	Files []string
	// Joined names a file of certificate and key together, which the program wants.
	Joined string
	// Needs are commands that come first.
	Needs []string
	// User is the account as which the program runs, and which must read the key.
	User string
	// AllowCN and CRL say whether the program can do it.
	AllowCN, CRL bool
	// Beyond says what the program cannot refuse.
	Beyond string

	Check  []string // its own check of the configuration
	Start  []string // how to start it on these files alone
	Reload []string // how a running one takes a changed configuration
	Log    string   // where it says whom it refused
	Test   []string // in place of those that fit every server and client
	// Starttls is how mutual probe reaches TLS inside this server's protocol.
	Starttls string

	Proven *Proof // ran against the real program in the tests
	Source string // documentation
}

// Proof is when a configuration last ran against the real program.
type Proof struct {
	Version string `json:"version"`
	Day     string `json:"day"`
}

// Values are what a configuration is filled with. Paths are absolute.
type Values struct {
	Cert, Key string // of the server, or of the client
	CA        string // those that verify the peer
	CRL       string // "" for none
	Joined    string // where the file of certificate and key together stands
	Dir       string // where the written files stand
	File      string // the name of a single file, where it has another
	From      string // the folder of a whole set that the files are from, or ""
	Host      string
	Port      int
	AllowCN   []string // subjects that alone may connect; nil for all of the CA
}

// File is a file of a configuration.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Filled is a configuration with the user's own values in it.
type Filled struct {
	Files                             []File
	Needs, Check, Start, Reload, Test []string
	Log, Beyond                       string
}

// Find gives the stack of that name, in that role, or in the one that it has.
func Find(name string, role Role) (Stack, bool) {
	for _, s := range Stacks() {
		if s.Name == name && (role == "" || s.Role == role) {
			return s, true
		}
	}
	return Stack{}, false
}

// Stacks are all rows: servers first.
func Stacks() []Stack { return slices.Concat(webServers(), programs(), stores(), clients()) }

// Fill puts the values into the texts. The error says what this program's
// grammar cannot express.
func (s Stack) Fill(v Values) (*Filled, error) {
	if v.AllowCN != nil && !s.AllowCN {
		return nil, fmt.Errorf("%s as a %s cannot compare the subject of a certificate: leave --allow-cn out", s.Name, s.Role)
	}
	if v.CRL != "" && !s.CRL {
		return nil, fmt.Errorf("%s as a %s reads no CRL: leave --crl out", s.Name, s.Role)
	}
	for _, text := range append([]string{v.Cert, v.Key, v.CA, v.CRL, v.Dir, v.Host}, v.AllowCN...) {
		if err := printable(text); err != nil {
			return nil, err
		}
	}
	for _, cn := range v.AllowCN {
		if err := plainName(cn); err != nil {
			return nil, err
		}
	}
	f := &Filled{Beyond: s.Beyond}
	for _, name := range s.Files {
		data, err := texts.ReadFile("text/" + string(s.Role) + "-" + s.Name + "/" + name + ".tmpl")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		text, err := fill(string(data), v)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", s.Name, name, err)
		}
		f.Files = append(f.Files, File{name, text})
	}
	needs := slices.Clone(s.Needs)
	if s.Joined != "" {
		needs = append(needs, "(umask 077; set -C; cat {{sh .Cert}} {{sh .Key}} > {{sh .Joined}})")
	}
	if s.User != "" {
		needs = append(needs, "chown "+s.User+" {{sh .Key}} # the program runs as this user")
	}
	test := s.test(v)
	for _, list := range []struct{ from, to *[]string }{
		{&needs, &f.Needs}, {&s.Check, &f.Check}, {&s.Start, &f.Start}, {&s.Reload, &f.Reload}, {&test, &f.Test},
	} {
		*list.to = []string{}
		for _, line := range *list.from {
			text, err := fill(line, v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			*list.to = append(*list.to, text)
		}
	}
	log, err := fill(s.Log, v)
	if err != nil {
		return nil, err
	}
	f.Log = log
	return f, nil
}

// test are the commands that show whether the configuration holds.
func (s Stack) test(v Values) []string {
	switch {
	case s.Test != nil:
		return slices.Clone(s.Test)
	case s.Role == Client && v.From == "":
		return []string{"mutual serve --listen {{sh .Address}} --cert <server-crt.pem> --key <server-key.pem> --client-ca <client-ca.pem>"}
	case s.Role == Client:
		return []string{"mutual serve --listen {{sh .Address}} --dir {{sh .From}}"}
	}
	with := " --cacert <server-ca.pem> --cert <client-crt.pem> --key <client-key.pem>"
	if v.From != "" {
		with = " --dir {{sh .From}}"
	}
	if s.Starttls != "" {
		with += " --starttls " + s.Starttls
	}
	return []string{"mutual probe {{sh .Address}}" + with, "mutual audit {{sh .Address}}" + with}
}

func fill(text string, v Values) (string, error) {
	t, err := template.New("").Option("missingkey=error").Funcs(grammars).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, v); err != nil {
		return "", cause(err)
	}
	return b.String(), nil
}

// In is where the written file of this name stands.
func (v Values) In(name string) string { return filepath.Join(v.Dir, cmp.Or(v.File, name)) }

// Beside is a file of this name in the folder of the written ones.
func (v Values) Beside(name string) string { return filepath.Join(v.Dir, name) }

// CertColon is the certificate as curl's --cert wants it, where a colon would
// begin a passphrase.
func (v Values) CertColon() string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(v.Cert)
}

// Address is host and port.
func (v Values) Address() string { return net.JoinHostPort(v.Host, strconv.Itoa(v.Port)) }

// URL is that of the server.
func (v Values) URL() string { return "https://" + v.Address() + "/" }
