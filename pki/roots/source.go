package roots

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// What a download is held to. Google's bundle has about 40 KiB.
const (
	maxDownload     = 4 << 20
	downloadTimeout = 30 * time.Second
	maxRedirects    = 3
)

// DownloadError says why an address gave no certificates.
type DownloadError struct {
	Address string
	Kind    DownloadFault
	// Got and Want are in words; Want may be empty.
	Got, Want string
	Err       error // may be nil
	// Gone: the server answered that it has no such thing.
	Gone bool
}

// DownloadFault is what kind of thing went wrong with a download.
type DownloadFault string

// The faults of a download.
const (
	Unreachable DownloadFault = "unreachable" // no connection, no answer in time, or not status 200
	Untrusted   DownloadFault = "untrusted"   // the server's certificate does not hold
	NotABundle  DownloadFault = "not-a-bundle"
)

func (e *DownloadError) Error() string {
	text := e.Address + ": " + e.Got
	if e.Want != "" {
		text += ", want " + e.Want
	}
	return text
}

func (e *DownloadError) Unwrap() error { return e.Err }

// source gets certificates by address, each address once.
type source struct {
	client *http.Client
	now    time.Time
	cached map[string]download
}

type download struct {
	certs        []*x509.Certificate
	lastModified time.Time
	err          error
}

// newSource trusts the pool for its downloads, nil being the system's. Where
// the system has none, as in a bare container, the built-in roots serve, by
// which Google's own host can be verified.
func newSource(pool *x509.CertPool, now time.Time) *source {
	if pool == nil {
		var err error
		if pool, err = x509.SystemCertPool(); err != nil || pool.Equal(x509.NewCertPool()) {
			pool = x509.NewCertPool()
			for _, p := range Profiles() {
				certs, _ := p.Embedded() // a test holds that they can be read
				for _, c := range certs {
					pool.AddCert(c)
				}
			}
		}
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, Time: func() time.Time { return now }},
		TLSHandshakeTimeout:    downloadTimeout / 2,
		ResponseHeaderTimeout:  downloadTimeout / 2,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // a few kilobytes, and no bomb to unpack
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
	}
	return &source{
		now:    now,
		cached: map[string]download{},
		client: &http.Client{Transport: transport, Timeout: downloadTimeout, CheckRedirect: sameHost},
	}
}

// errRedirect marks a redirect that is not followed.
var errRedirect = errors.New("redirect")

func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if req.URL.Scheme != "https" || req.URL.Host != first.Host {
		return fmt.Errorf("%w to %s://%s", errRedirect, req.URL.Scheme, req.URL.Host)
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("%w, the %dth in a row", errRedirect, len(via))
	}
	return nil
}

// get returns the certificates at an https address or in a file. The error is
// a *DownloadError, or that of reading the file.
func (s *source) get(ctx context.Context, address string) download {
	if d, ok := s.cached[address]; ok {
		return d
	}
	d := s.fetch(ctx, address)
	s.cached[address] = d
	return d
}

func (s *source) fetch(ctx context.Context, address string) (d download) {
	data, modified, err := s.read(ctx, address)
	if err != nil {
		return download{err: err}
	}
	certs, err := Parse(data)
	if err != nil {
		return download{err: &DownloadError{Address: address, Kind: NotABundle, Got: err.Error(), Err: err}}
	}
	return download{certs: certs, lastModified: modified}
}

func (s *source) read(ctx context.Context, address string) ([]byte, time.Time, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.Contains(address, "://") {
		data, err := readFile(address)
		return data, time.Time{}, err
	}
	if u.Scheme != "https" || u.Host == "" {
		return nil, time.Time{}, &DownloadError{Address: u.Redacted(), Kind: NotABundle, Got: "an address that is not https", Want: "https://HOST/PATH, or a file"}
	}
	return s.download(ctx, u)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDownload+1))
	if err == nil && len(data) > maxDownload {
		err = tooLarge(path)
	}
	return data, err
}

func (s *source) download(ctx context.Context, u *url.URL) ([]byte, time.Time, error) {
	name := u.Redacted()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, time.Time{}, err
	}
	req.Header.Set("User-Agent", "mutual")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, time.Time{}, s.explain(ctx, name, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, time.Time{}, &DownloadError{Address: name, Kind: Unreachable, Got: "HTTP status " + resp.Status, Want: "200",
			Gone: resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone}
	}
	if resp.ProtoMajor < 2 && resp.ContentLength < 0 && !slices.Contains(resp.TransferEncoding, "chunked") {
		// The end of the connection would be the end of the file: one that was
		// cut looks whole. RFC 9112 §8.
		return nil, time.Time{}, &DownloadError{Address: name, Kind: NotABundle, Got: "an answer that does not say how long it is", Want: "a Content-Length"}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxDownload+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, time.Time{}, &DownloadError{Address: name, Kind: NotABundle, Err: err,
			Got: fmt.Sprintf("the download broke off after %d bytes", len(data))}
	case err != nil:
		return nil, time.Time{}, s.explain(ctx, name, err)
	case len(data) > maxDownload:
		return nil, time.Time{}, tooLarge(name)
	}
	modified, _ := http.ParseTime(resp.Header.Get("Last-Modified"))
	return data, modified, nil
}

func tooLarge(address string) error {
	return &DownloadError{Address: address, Kind: NotABundle, Got: fmt.Sprintf("more than %d MiB", maxDownload>>20), Want: "a bundle of root certificates"}
}

// explain sorts the errors of net/http by what the user can do about them.
func (s *source) explain(ctx context.Context, address string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // which names the address again
	}
	e := &DownloadError{Address: address, Kind: Unreachable, Got: err.Error(), Err: err}
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errRedirect):
		e.Kind, e.Want = NotABundle, "an answer from the same host"
	case errors.As(err, &cert):
		e.Kind, e.Want = Untrusted, "a certificate that this machine trusts"
	}
	return e
}
