package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe/starttls"
)

// bannerWait is how long a server is given to speak first.
const bannerWait = time.Second

// sendNothing connects and waits for what the server says unasked.
func (p *prober) sendNothing(ctx context.Context, base *outcome) diagnose.Attempt {
	return p.speak(ctx, base, diagnose.TryNothing, "nothing sent, for a second", "")
}

// plainHTTP sends an HTTP request without TLS.
func (p *prober) plainHTTP(ctx context.Context, base *outcome) diagnose.Attempt {
	return p.speak(ctx, base, diagnose.TryPlainHTTP, "plain HTTP instead of TLS",
		fmt.Sprintf("HEAD / HTTP/1.1\r\nHost: %s\r\nUser-Agent: mutual\r\nConnection: close\r\n\r\n", p.hostHeader()))
}

// speak makes one connection without TLS, sends the text, and records the
// start of the answer.
func (p *prober) speak(ctx context.Context, base *outcome, name, varied, text string) diagnose.Attempt {
	began := p.now()
	a := diagnose.Attempt{Name: name, Varied: varied, Address: base.Address}
	defer func() { a.Millis = millis(p.now().Sub(began)) }()
	wait := p.stepTimeout(base)
	if text == "" {
		wait = min(wait, bannerWait)
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := p.dial(ctx, base.Address)
	if err != nil {
		a.FailedAt, a.Network, a.Error = diagnose.AtConnect, networkFault(err), clean(err.Error())
		a.Told = told(&a)
		return a
	}
	defer conn.Close()
	defer starttls.BoundBy(ctx, conn)()
	if text != "" {
		conn.Write([]byte(text)) // a refusal shows in the read
	}
	first := make([]byte, 256)
	n, err := conn.Read(first)
	a.Received = n
	switch {
	case n > 0:
		a.FirstBytes = strings.Trim(strconv.QuoteToASCII(string(first[:min(n, 64)])), `"`)
		a.Protocol = starttls.Recognise(first[:n])
	case err != nil:
		a.Closed = closedBy(err)
		if a.Closed == "" {
			a.Closed = cause.ClosedEOF
		}
	}
	a.Told = told(&a)
	if text == "" && a.Closed == cause.ClosedTimeout {
		a.Told = "the server waits for the client to speak"
	}
	return a
}

// plainProtocols says the first harmless words of each protocol that a mute
// port may well speak without TLS. The first answer ends the search.
func (p *prober) plainProtocols(ctx context.Context, base *outcome) diagnose.Attempt {
	began := p.now()
	ctx, cancel := context.WithTimeout(ctx, p.stepTimeout(base))
	defer cancel()
	type answer struct {
		protocol string
		starttls.Answer
	}
	var tried []string
	answers := make(chan answer)
	for _, proto := range starttls.Protocols() {
		if !proto.Guess {
			continue
		}
		tried = append(tried, proto.Name)
		go func() { answers <- answer{proto.Name, p.plainAsk(ctx, base, proto)} }()
	}
	a := diagnose.Attempt{Name: diagnose.TryPlain, Varied: "without TLS: " + strings.Join(tried, ", "), Address: base.Address, Told: "none of them is understood"}
	for range tried {
		got := <-answers
		if a.Protocol == "" && (got.Says != "" || got.Established != "") {
			a.Varied, a.Protocol, a.Told = got.protocol+" without TLS ("+got.Asked+")", got.protocol, "answered in "+got.protocol
			a.FirstBytes, a.Received = got.Words, len(got.Words)
			cancel()
		}
	}
	a.Millis = millis(p.now().Sub(began))
	return a
}

func (p *prober) plainAsk(ctx context.Context, base *outcome, proto starttls.Protocol) starttls.Answer {
	conn, err := p.dial(ctx, base.Address)
	if err != nil {
		return starttls.Answer{Err: err}
	}
	defer conn.Close()
	defer starttls.BoundBy(ctx, conn)()
	return proto.Ask(conn, starttls.Client{Host: p.cfg.Host})
}

// offersStartTLS asks whether the port starts TLS inside another protocol.
func (p *prober) offersStartTLS(ctx context.Context, base *outcome) diagnose.Attempt {
	began := p.now()
	ctx, cancel := context.WithTimeout(ctx, p.stepTimeout(base))
	defer cancel()
	var banner []byte
	if base.transcript != nil {
		banner = base.transcript.FirstBytes("server", 256)
	}
	dial := func(ctx context.Context) (net.Conn, error) { return p.dial(ctx, base.Address) }
	agreed, offers := starttls.Offers(ctx, dial, p.cfg.Host, banner)
	if len(offers) == 0 {
		return diagnose.Attempt{}
	}
	var tried []string
	a := diagnose.Attempt{Name: diagnose.TryStartTLS, Address: base.Address, Protocol: agreed, Told: "none agrees to start TLS"}
	for _, o := range offers {
		tried = append(tried, o.Protocol)
		var e *starttls.Error
		if agreed == "" && errors.As(o.Err, &e) && e.Problem == starttls.Refused {
			a.Offered, a.Told = o.Protocol, "speaks "+o.Protocol+" and does not start TLS: "+e.Says
		}
	}
	slices.Sort(tried)
	a.Varied = "STARTTLS greetings: " + strings.Join(tried, ", ")
	if agreed != "" {
		a.Told = "agrees to start TLS in " + agreed
	} else {
		a.FailedAt = diagnose.AtStartTLS
	}
	a.Millis = millis(p.now().Sub(began))
	return a
}

// startTLSProtocol is the protocol that answered instead of the one spoken.
func startTLSProtocol(err error) string {
	var e *starttls.Error
	if errors.As(err, &e) {
		return starttls.Recognise(e.First)
	}
	return ""
}
