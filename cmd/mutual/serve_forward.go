package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose/observe"
)

// The headers by which a service behind the server learns who the client is
// (RFC 9440 §2).
const (
	headerCert  = "Client-Cert"
	headerChain = "Client-Cert-Chain"
)

// How long the service may take to be reached, and to begin its answer.
const (
	forwardDial   = 5 * time.Second
	forwardAnswer = 60 * time.Second
)

// forwardHandler passes requests on to the service of --forward, with the
// client's certificate. It answers 502 where the service is not there.
func forwardHandler(c *cli.Context) (http.Handler, error) {
	text := c.String("forward")
	target, err := url.Parse(text)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, usage("for example: --forward http://127.0.0.1:8080", "--forward %q is not the URL of an HTTP service", text)
	}
	if target.User != nil || target.RawQuery != "" || target.Fragment != "" {
		return nil, usage("for example: --forward http://127.0.0.1:8080", "--forward takes a URL without user, query and fragment")
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
			identify(r.Out.Header, r.In)
			r.Out.Trailer = nil // it could bring back what was removed
			r.Out.Header.Del("Trailer")
		},
		// Not by the environment's proxy: the service is one's own.
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: forwardDial}).DialContext,
			ResponseHeaderTimeout: forwardAnswer, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 64, DisableCompression: true,
		},
		FlushInterval: -1, // streams are passed on as they come
		ErrorLog:      log.New(c.App.ErrWriter, "", log.Ltime),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				fmt.Fprintf(c.App.ErrWriter, "%s --forward %s: %s\n", time.Now().Format("15:04:05"), target.Redacted(), render.Escape(err.Error()))
			}
			http.Error(w, "The client was let in, and the service behind this server gives no answer.", http.StatusBadGateway)
		},
	}
	if conn, err := net.DialTimeout("tcp", hostOf(target), time.Second); err != nil {
		fmt.Fprintf(c.App.ErrWriter, "warning: nothing answers at --forward %s yet: requests get 502 until it does\n", target.Redacted())
	} else {
		conn.Close()
	}
	return proxy, nil
}

func hostOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// identify puts the client's certificate into the header, and takes out what
// came from outside under any name that servers give to it.
func identify(header http.Header, in *http.Request) {
	for name := range header {
		if saysIdentity(name) {
			delete(header, name)
		}
	}
	facts := observe.FactsOf(in)
	if facts == nil || !authorized(facts) || len(facts.Chains.Client) == 0 {
		return
	}
	var fields []string
	for _, cert := range facts.Chains.Client {
		fields = append(fields, ":"+base64.StdEncoding.EncodeToString(cert.DER())+":")
	}
	header.Set(headerCert, fields[0])
	if len(fields) > 1 {
		header.Set(headerChain, strings.Join(fields[1:], ", "))
	}
}

// saysIdentity reports whether servers tell of a client's certificate by a
// header of that name. CGI and its heirs take underscores for hyphens.
func saysIdentity(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, start := range []string{
		"client-cert", "x-client-cert", "x-client-dn", "x-client-verify", "x-client-subject", "x-client-issuer", // RFC 9440 and Google's load balancer
		"ssl-client", "x-ssl-", "x-tls-client", "tls-client", // nginx ingress, HAProxy, Apache
		"x-forwarded-client-cert", "x-forwarded-tls-client-cert", "x-forwarded-ssl-client", // Envoy, Traefik
		"x-amzn-mtls-", "x-arr-clientcert", "cf-client-cert", "x-goog-mtls", "x-spiffe", // AWS, Azure, Cloudflare
	} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}
