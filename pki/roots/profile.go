package roots

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
)

// Identity is who a caller has to be, beside having a chain to a pinned root.
// The zero value matches nobody.
type Identity = diagnose.ClientIdentity

// Profile is a set of pinned roots and what they are good for. It is a plain
// value: a caller may make its own.
type Profile struct {
	Name  string
	Title string // what it is for, in a few words
	Why   string // for someone who has not met it
	// Pins are the roots. A download has to hold each of them.
	Pins []Pin
	// Bundle is the address of one PEM file with all roots; empty where each
	// Pin has its own.
	Bundle string
	// Beside are the public roots that are known to stand in Bundle beside the
	// pins: name and key. A first fetch has to hold each of them too.
	Beside []Pin
	// Operators are the subject organisations whose publicly trusted roots
	// may stand in Bundle beside the pins, and are then trusted.
	Operators []string
	// Identity is whom to expect. A profile that names nobody judges no
	// clients.
	Identity Identity
	// Depth is the number of CA certificates that a server has to allow
	// between the client's certificate and the end of the chain.
	Depth int
	// Product is who calls with it, empty for a profile that judges no callers.
	Product Product
	// Until is the last day on which the caller presents a certificate of this
	// profile, as announced; zero where no end is known. Instead names what
	// follows. Leeway is how long after the beginning of that day a caller is
	// let in still.
	Until   time.Time
	Leeway  time.Duration
	Instead string
	// Aside is for whoever takes the profile for another one.
	Aside   string
	Sources []string
}

// Product is one of Google's that calls webhooks.
type Product = diagnose.Product

// Pin is one root: its public key, and where to find its certificate.
type Pin struct {
	Name string
	SPKI string // SHA-256 of the SubjectPublicKeyInfo, base64
	// SHA256 holds the known certificates of this key, hexadecimal, the
	// current one first.
	SHA256 []string
	// URL is the certificate's own address, PEM or DER; may be empty.
	URL string
	// PEM is the copy in the binary.
	PEM []byte
}

// LegacyEnds is the last day on which Dialogflow ES falls back to the
// certificate of Google Trust Services.
func LegacyEnds() time.Time { return diagnose.DialogflowLegacyEnds() }

// legacyLeeway is how long after the beginning of 1 December 2026, UTC, the old
// certificate is let in still. Google's page says "after December 1" and names
// no time zone: the day is over everywhere on earth 36 hours after it began in
// UTC. Two days more are for a change that reaches Google's servers one after
// the other. To let in a little longer harms nobody, for the certificate stays
// Google's; to refuse a little early is an outage.
const legacyLeeway = 36*time.Hour + 2*24*time.Hour

// Built is the day on which the profiles were last read over, beside their
// sources. No clock can rightly show an earlier time.
func Built() time.Time { return time.Date(2026, time.November, 28, 0, 0, 0, 0, time.UTC) }

// Profiles returns the profiles that mutual knows. The values are the caller's.
func Profiles() []Profile {
	return []Profile{dialogflow(), dialogflowLegacy(), dialogflowCX(), googleAll()}
}

func dialogflow() Profile {
	return Profile{
		Name:  "dialogflow",
		Title: "Dialogflow ES, calling your webhook",
		Why: "Dialogflow ES presents a certificate that SSL.com has issued to CN=Google LLC. " +
			"SSL.com issues client certificates to anybody, so the name is part of the check; and every " +
			"Dialogflow customer's calls carry this same certificate, so the request's Bearer token has to tell whose agent it is.",
		Pins: []Pin{
			pin("SSL.com Root Certification Authority RSA", "sslcom-root-rsa.pem",
				"https://www.ssl.com/repository/SSLcomRootCertificationAuthorityRSA.crt"),
		},
		Identity: Identity{CommonName: "Google LLC"},
		Product:  diagnose.DialogflowES,
		Depth:    2,
		Sources:  []string{"https://docs.cloud.google.com/dialogflow/es/docs/fulfillment-mtls"},
	}
}

func dialogflowLegacy() Profile {
	return Profile{
		Name:  "dialogflow-legacy",
		Title: "Dialogflow ES with its old certificate, until 1 December 2026",
		Why: "Until 1 December 2026 Dialogflow ES falls back to the certificate of Google Trust Services, *.dialogflow.com, " +
			"where a webhook refuses the new one.",
		Pins:     googlePins(),
		Identity: Identity{DNSName: "*.dialogflow.com"},
		Product:  diagnose.DialogflowES,
		Depth:    2,
		Until:    LegacyEnds(),
		Leeway:   legacyLeeway,
		Instead:  "dialogflow",
		Aside:    "for Dialogflow CX, where no end of this certificate is announced, use dialogflow-cx",
		Sources:  []string{"https://docs.cloud.google.com/dialogflow/es/docs/fulfillment-mtls"},
	}
}

func dialogflowCX() Profile {
	return Profile{
		Name:  "dialogflow-cx",
		Title: "Dialogflow CX, calling your webhook",
		Why: "The page on Dialogflow CX names the roots of Google Trust Services, and the certificate is *.dialogflow.com. " +
			"It announces no end of it. Every Dialogflow customer's calls carry this same certificate, so the request's Bearer " +
			"token has to tell whose agent it is; an agent of CX can present a certificate of your own instead, which tells.",
		Pins:     googlePins(),
		Identity: Identity{DNSName: "*.dialogflow.com"},
		Product:  diagnose.DialogflowCX,
		Depth:    2,
		Sources:  []string{"https://docs.cloud.google.com/dialogflow/cx/docs/concept/mtls"},
	}
}

// googlePins are the roots of Google Trust Services.
func googlePins() []Pin {
	return []Pin{
		pin("GTS Root R1", "gts-root-r1.pem", "https://i.pki.goog/r1.pem"),
		pin("GTS Root R2", "gts-root-r2.pem", "https://i.pki.goog/r2.pem"),
		pin("GTS Root R3", "gts-root-r3.pem", "https://i.pki.goog/r3.pem"),
		pin("GTS Root R4", "gts-root-r4.pem", "https://i.pki.goog/r4.pem"),
		pin("GlobalSign ECC Root CA - R4", "globalsign-ecc-root-r4.pem", "https://i.pki.goog/gsr4.pem"),
	}
}

func googleAll() Profile {
	return Profile{
		Name:  "google-all",
		Title: "your programs, calling Google",
		Why: "For connections that you make to Google. Built in are Google's own five roots; a fetch adds the public roots beside " +
			"them in Google's roots.pem that Mozilla's programme holds too, 19 of 21 in October 2026 (SSL.com's two roots for " +
			"clients are left out). They issue to anybody and say nothing about who calls you: it is refused as a client CA.",
		Pins:   googlePins(),
		Bundle: "https://pki.goog/roots.pem",
		Beside: besideGoogle(),
		Operators: []string{
			"DigiCert Inc", "DigiCert, Inc.", "GlobalSign", "GlobalSign nv-sa", "GoDaddy.com, Inc.", "The Go Daddy Group, Inc.",
			"Starfield Technologies, Inc.", "COMODO CA Limited", "Comodo CA Limited", "Sectigo Limited", "The USERTRUST Network", "SSL Corporation", "Google Trust Services LLC",
		},
		Sources: []string{"https://pki.goog/repository/"},
	}
}

// pin takes the hashes from the table of known CAs, so that each is stated once.
func pin(name, file, url string) Pin {
	all := diagnose.KnownCAs()
	i := slices.IndexFunc(all, func(ca diagnose.KnownCA) bool { return ca.Name == name })
	if i < 0 {
		panic("roots: no known CA " + name)
	}
	return Pin{Name: name, SPKI: all[i].SPKI, SHA256: all[i].SHA256, URL: url, PEM: embedded(file)}
}

// Lookup returns the profile of that name, or an error that lists the names.
func Lookup(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("no profile of roots is called %q; there are %s", name, strings.Join(names, ", "))
}

// LookupList returns the profiles of a list as --roots takes it:
// "dialogflow,dialogflow-legacy". A name given twice counts once.
func LookupList(list string) ([]Profile, error) {
	var out []Profile
	for _, name := range strings.Split(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		p, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(o Profile) bool { return o.Name == name }) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no profile of roots is named")
	}
	return out, nil
}

// Ended reports whether the profile's caller no longer presents its
// certificate, the leeway included.
func (p Profile) Ended(now time.Time) bool { return p.Facts().Ended(now) }

// Facts is the profile as the rules of diagnose need it.
func (p Profile) Facts() diagnose.PinnedProfile {
	f := diagnose.PinnedProfile{Name: p.Name, Identity: p.Identity, Product: p.Product, Until: p.Until, Instead: p.Instead, Pins: []string{}}
	if !p.Until.IsZero() {
		f.RefusedFrom = p.Until.Add(p.Leeway)
	}
	for _, pin := range p.Pins {
		f.Pins = append(f.Pins, pin.SPKI)
	}
	return f
}

// Embedded parses the profile's certificates as they are in the binary.
func (p Profile) Embedded() ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for _, pin := range p.Pins {
		certs, err := Parse(pin.PEM)
		if err != nil {
			return nil, fmt.Errorf("profile %s, built-in copy of %s: %w", p.Name, pin.Name, err)
		}
		for _, c := range certs {
			if SPKI(c) != pin.SPKI {
				return nil, fmt.Errorf("profile %s, built-in copy of %s: its key is %s, want %s", p.Name, pin.Name, SPKI(c), pin.SPKI)
			}
		}
		out = append(out, certs...)
	}
	return out, nil
}

// pinFor returns the pin of that public key.
func (p Profile) pinFor(spki string) (Pin, bool) {
	i := slices.IndexFunc(p.Pins, func(pin Pin) bool { return pin.SPKI == spki })
	if i < 0 {
		return Pin{}, false
	}
	return p.Pins[i], true
}
