package observe

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe/starttls"
	"mutual/diagnose/wire"
)

// exploreBuilt sends ClientHellos built by hand, which offer what crypto/tls
// cannot, to learn what the server would have accepted. Only the plaintext of
// the answers is read.
func (p *prober) exploreBuilt(ctx context.Context, base *outcome) []diagnose.Attempt {
	name := p.serverName
	if net.ParseIP(name) != nil {
		name = ""
	}
	hellos := []struct {
		name, varied string
		hello        wire.Hello
	}{
		{diagnose.TryOldHello, "TLS 1.0 to 1.2 with suites and groups that this program lacks, answer read only", wire.HelloLegacy(name)},
		{diagnose.TryRareHello, "TLS 1.3 with suites and groups that this program lacks, answer read only", wire.HelloTLS13Exotic(name)},
		{diagnose.TrySSL3, "SSL 3.0, answer read only", wire.HelloSSL3()},
	}
	attempts := make([]diagnose.Attempt, len(hellos))
	var all sync.WaitGroup
	for i, h := range hellos {
		all.Go(func() { attempts[i] = p.sendHello(ctx, base, h.name, h.varied, h.hello) })
	}
	all.Wait()
	return attempts
}

func (p *prober) sendHello(ctx context.Context, base *outcome, name, varied string, hello wire.Hello) diagnose.Attempt {
	began := p.now()
	a := diagnose.Attempt{Name: name, Varied: varied, Address: base.Address, Sent: "none"}
	defer func() {
		a.Millis = millis(p.now().Sub(began))
		a.Told = told(&a)
		if a.ServerHello {
			a.Told = strings.TrimRight("the server would take TLS "+a.TLSVersion+", "+a.CipherSuite+", "+a.Group, ", ")
		}
	}()
	wait := p.stepTimeout(base)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := p.dial(ctx, base.Address)
	if err != nil {
		a.FailedAt, a.Network, a.Error = diagnose.AtConnect, networkFault(err), clean(err.Error())
		return a
	}
	defer func(c net.Conn) { c.Close() }(conn)
	if p.cfg.StartTLS != "" {
		if conn, err = starttls.Start(ctx, conn, p.cfg.StartTLS, p.cfg.Host); err != nil {
			a.FailedAt, a.Error = diagnose.AtStartTLS, clean(err.Error())
			return a
		}
	}
	deadline, _ := ctx.Deadline()
	answer := wire.ProbeHello(conn, hello, deadline)
	if len(answer.Certificates) > 0 {
		a.LeafKey = chain.NewCertificate(answer.Certificates[0]).Key
	}
	switch answer.Kind {
	case wire.AnswerServerHello, wire.AnswerHelloRetryRequest:
		a.ServerHello, a.HelloRetry = true, answer.Kind == wire.AnswerHelloRetryRequest
		a.TLSVersion = wire.VersionName(answer.Version)
		if answer.CipherSuite != 0 {
			a.CipherSuite = wire.CipherSuiteName(answer.CipherSuite)
		}
		if answer.Group != 0 {
			a.Group = wire.GroupName(answer.Group)
		}
	case wire.AnswerAlert:
		a.FailedAt = diagnose.AtHello
		a.Alert = &diagnose.Alert{From: diagnose.ServerSide, Code: int(answer.Alert.Code), Name: answer.Alert.Name, Level: level(answer.Alert.Level)}
	case wire.AnswerNotTLS:
		a.FailedAt = diagnose.AtHello
		a.FirstBytes = strings.Trim(strconv.QuoteToASCII(string(answer.FirstBytes[:min(64, len(answer.FirstBytes))])), `"`)
		a.Protocol = starttls.Recognise(answer.FirstBytes)
	case wire.AnswerEOF, wire.AnswerReset, wire.AnswerTimeout:
		a.FailedAt, a.Closed = diagnose.AtHello, cause.Closed(answer.Kind)
	default:
		a.FailedAt = diagnose.AtHello
		if answer.Err != nil {
			a.Error = clean(answer.Err.Error())
		}
	}
	return a
}
