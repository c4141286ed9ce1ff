package observe

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/chain"
	"mutual/pki"
)

// checkFilesEvery is how often, at most, a handshake looks whether the files
// have changed.
const checkFilesEvery = time.Second

// material is what a server runs on: all of one reading of its files.
type material struct {
	cert    tls.Certificate
	leaf    *x509.Certificate
	chain   []*diagnose.Certificate
	pool    *x509.CertPool // client CAs from files that rest on no pinned root
	clients []*x509.Certificate
	trust   *diagnose.Trust // what clients are judged by, pinned roots included
	// acceptable are the names of the first client CAs.
	acceptable []string
	known      []*diagnose.Certificate
	lists      []servedList
	config     *tls.Config
	accepts    diagnose.Hello
}

// serverFiles are a server's files, read again when they have changed. What
// was read last without fault stays in use.
type serverFiles struct {
	cfg *ServeConfig

	mu      sync.Mutex
	current *material
	checked time.Time
	stamp   string // of the files that current was read from, or that are broken
	suspect string // a stamp under which the files were found broken once
}

func openServerFiles(cfg *ServeConfig) (*serverFiles, error) {
	f := &serverFiles{cfg: cfg, checked: cfg.Now()}
	f.stamp = f.stat()
	m, err := cfg.read()
	if err != nil {
		return nil, err
	}
	f.current = m
	return f, nil
}

// use returns the material to make a handshake with.
func (f *serverFiles) use() *material {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Now()
	if since := now.Sub(f.checked); since >= 0 && since < checkFilesEvery {
		return f.current
	}
	f.checked = now
	stamp := f.stat()
	if stamp == f.stamp {
		return f.current
	}
	m, err := f.cfg.read()
	switch {
	case err == nil:
		f.current, f.stamp, f.suspect = m, stamp, ""
		f.cfg.notice(Notice{Leaf: chain.CertificateOf(m.leaf)})
	case stamp != f.suspect:
		// A certificate and its key are two files: between the two being
		// written they do not fit. The next look decides.
		f.suspect = stamp
	default:
		f.stamp, f.suspect = stamp, ""
		f.cfg.notice(Notice{Err: err})
	}
	return f.current
}

// stat is a text that changes when one of the files does.
func (f *serverFiles) stat() string {
	var b strings.Builder
	paths := append([]string{f.cfg.Cert, cmp.Or(f.cfg.Key, f.cfg.Cert)}, slices.Concat(f.cfg.ClientCA, f.cfg.CRL)...)
	for i := 0; i < len(paths); i++ {
		info, err := os.Stat(paths[i])
		if err != nil {
			fmt.Fprintln(&b, paths[i], "missing")
			continue
		}
		fmt.Fprintln(&b, paths[i], info.Size(), info.ModTime().UnixNano(), info.Mode(), fileNumber(info))
		if entries, err := os.ReadDir(paths[i]); err == nil && info.IsDir() {
			for _, e := range entries {
				if e.Type()&fs.ModeDir == 0 {
					paths = append(paths, filepath.Join(paths[i], e.Name()))
				}
			}
		}
	}
	return b.String()
}

// read reads all files afresh.
func (cfg *ServeConfig) read() (*material, error) {
	pair := pki.LoadPair(cfg.Cert, cfg.Key, cfg.Pass)
	if err := pair.Err(); err != nil {
		return nil, err
	}
	m := &material{cert: pair.TLS(), leaf: pair.Leaf(), pool: x509.NewCertPool()}
	if m.leaf == nil {
		return nil, errors.New(cfg.Cert + ": the certificate cannot be read")
	}
	for _, c := range pair.Chain {
		fact := chain.NewCertificate(c.Raw)
		fact.File = cfg.Cert
		m.chain = append(m.chain, fact)
	}
	m.trust = &diagnose.Trust{Source: "none", Anchors: []*diagnose.Certificate{}}
	for _, path := range cfg.ClientCA {
		trust := pki.OpenTrust(path, cfg.Pass)
		if err := trust.Err(); err != nil {
			return nil, err
		}
		m.trust.Source = "files"
		m.trust.Files = append(m.trust.Files, path)
		m.trust.Unreadable += len(trust.Certs) - len(trust.Parsed())
		for _, c := range trust.Parsed() {
			m.addAnchor(c, path)
		}
	}
	if err := m.loadLists(cfg.CRL); err != nil {
		return nil, err
	}
	pinned := cfg.pinned()
	for _, c := range pinned.own(m.clients) {
		m.pool.AddCert(c)
	}
	if len(cfg.ClientCA) == 0 && len(cfg.Anchors) > 0 {
		m.trust.Source = "roots"
	}
	for _, c := range cfg.Anchors {
		m.addAnchor(c, "")
	}
	m.trust.Count = len(m.trust.Anchors)
	for _, c := range pki.Neighbours(append([]string{cfg.Cert}, cfg.ClientCA...)...) {
		fact := chain.NewCertificate(c.Raw)
		fact.File = c.Path
		m.known = append(m.known, fact)
	}
	m.configure(cfg)
	return m, nil
}

// addAnchor adds a CA of clients, each once.
func (m *material) addAnchor(c *x509.Certificate, path string) {
	if slices.ContainsFunc(m.clients, c.Equal) {
		return
	}
	fact := chain.CertificateOf(c)
	fact.File = path
	m.trust.Anchors = append(m.trust.Anchors, fact)
	m.clients = append(m.clients, c)
}

// configure makes the TLS configuration, from which each connection has its
// own copy.
func (m *material) configure(cfg *ServeConfig) {
	m.acceptable = []string{}
	m.config = &tls.Config{
		Certificates:     []tls.Certificate{m.cert},
		MinVersion:       cmp.Or(cfg.MinVersion, tls.VersionTLS12),
		CipherSuites:     serverSuites(),
		CurvePreferences: serverGroups(),
		NextProtos:       []string{"h2", "http/1.1"},
		Time:             cfg.Now,
	}
	switch cfg.ClientAuth {
	case AuthRequire:
		m.config.ClientAuth = tls.RequireAndVerifyClientCert
	case AuthRequest:
		m.config.ClientAuth = tls.RequestClientCert
	}
	if cfg.ClientAuth != AuthNone {
		m.config.ClientCAs = x509.NewCertPool()
		for i, c := range m.clients {
			m.config.ClientCAs.AddCert(c)
			if i < maxAnchors {
				m.acceptable = append(m.acceptable, chain.DN(c.RawSubject))
			}
		}
	}
	m.accepts = serverAccepts(m.config, m.leaf)
}
