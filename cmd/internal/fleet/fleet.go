// Package fleet reads a file of expectations of servers, and holds the servers
// to them.
package fleet

import (
	"fmt"
	"strings"
	"time"
)

// File is a file of expectations, whole and sound.
type File struct {
	Path    string
	Targets []Target
}

// Place is where something stands in the file, from 1.
type Place struct{ Line, Column int }

// Target is one server and what is expected of it.
type Target struct {
	Place
	Name, Target string
	// Host, Port and Path are those of Target.
	Host string
	Port int
	Path string

	ServerName, ConnectTo, StartTLS, Protocol string
	// Proxy is a URL, "none", or "" for the environment's.
	Proxy    string
	ALPN     []string
	Trust    []string // files or folders; none: the system's
	ClientCA string
	CRL      []string
	Timeout  time.Duration

	Accept, Refuse []Client
	TLSMin         Version
	DaysLeft       Days
	Pins           []Pin
}

// Client is an identity that a server must accept or refuse.
type Client struct {
	Place
	Identity
	// Code is the cause by which it must be refused; "": any.
	Code string
}

// Identity is a client's certificate and key. The zero value but for its Name
// is no certificate.
type Identity struct {
	Name      string
	Cert, Key string // files
	// PassEnv and PassFile say where the key's passphrase is.
	PassEnv, PassFile string
	// SelfSigned: a throw-away certificate, made when it is needed.
	SelfSigned bool
}

// Version is the least TLS version a server may speak; 0: any.
type Version struct {
	Place
	ID   uint16
	Name string
}

// Days is how long the certificates have to be valid still.
type Days struct {
	Place
	Set bool
	N   int
}

// Pin is the SHA-256 of a public key (SubjectPublicKeyInfo).
type Pin struct {
	Place
	Text   string
	SHA256 [32]byte
}

// FileError is what is wrong with a file of expectations.
type FileError struct {
	Path   string
	Faults []Fault
}

// Fault is one thing wrong, where it stands, and what would be right.
type Fault struct {
	Place
	Found, Want string
}

func (f Fault) String() string {
	text := f.Found
	if f.Want != "" {
		text += "; expected " + f.Want
	}
	return text
}

func (e *FileError) Error() string {
	var lines []string
	for _, f := range e.Faults {
		where := e.Path
		if f.Line > 0 {
			where += fmt.Sprintf(":%d:%d", f.Line, f.Column)
		}
		lines = append(lines, where+": "+f.String())
	}
	return strings.Join(lines, "\n")
}
