package starttls

import (
	"net"
	"strings"
)

// reply reads a reply of SMTP, LMTP or FTP, which may have several lines, and
// returns its code with its text. Source: RFC 5321 §4.2, RFC 959 §4.2.
func (t *talk) reply() (code, text string, err error) {
	for {
		line, err := t.line()
		if err != nil {
			return "", "", err
		}
		if code == "" {
			if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" {
				return "", "", otherProtocol()
			}
			code = line[:3]
		}
		text += line + "\n"
		if line == code || strings.HasPrefix(line, code+" ") {
			return code, text, nil
		}
	}
}

// command sends a command of SMTP or FTP and demands that code in reply.
func (t *talk) command(command, code string) error {
	if err := t.send(command + "\r\n"); err != nil {
		return err
	}
	got, text, err := t.reply()
	if err != nil {
		return err
	}
	if got != code {
		return refused(text)
	}
	return nil
}

// startSMTP is the opening of RFC 3207.
func startSMTP(t *talk) (net.Conn, error) { return t.startMail("EHLO localhost") }

// startLMTP is the same with LMTP's greeting. Source: RFC 2033 §4.1.
func startLMTP(t *talk) (net.Conn, error) { return t.startMail("LHLO localhost") }

func (t *talk) startMail(hello string) (net.Conn, error) {
	code, text, err := t.reply()
	if err != nil {
		return nil, err
	}
	if code != "220" {
		return nil, refused(text)
	}
	if err := t.send(hello + "\r\n"); err != nil {
		return nil, err
	}
	if code, text, err = t.reply(); err != nil {
		return nil, err
	}
	if code != "250" {
		return nil, refused(text)
	}
	if !strings.Contains(strings.ToUpper(text), "STARTTLS") {
		return nil, refused(hello[:4] + " answered without STARTTLS: " + text)
	}
	return t.conn, t.command("STARTTLS", "220")
}

// askSMTP goes as far as a recipient that every server must have (RFC 5321
// §4.5.1), and takes all back before any message. Policies on certificates
// show in the greeting, at EHLO, MAIL or RCPT (Postfix, Exim: measured).
func askSMTP(t *talk) Answer { return t.askMail("EHLO") }

func askLMTP(t *talk) Answer { return t.askMail("LHLO") }

func (t *talk) askMail(hello string) Answer {
	greeting := ""
	if !t.client.Upgraded {
		code, text, err := t.reply()
		if err != nil {
			return t.failed(err)
		}
		if code != "220" {
			return t.mailRefusal("the greeting", text, false)
		}
		greeting = text
	}
	login := false
	for _, step := range []struct{ name, line string }{
		{hello, hello + " me.localhost"}, {"MAIL FROM", "MAIL FROM:<>"}, {"RCPT TO", "RCPT TO:<postmaster>"},
	} {
		if err := t.say(step.name, step.line+"\r\n"); err != nil {
			return t.readAfter(err)
		}
		code, text, err := t.reply()
		switch {
		case err != nil:
			return t.failed(err)
		case code[0] != '2' && code != "354":
			defer t.send("RSET\r\nQUIT\r\n")
			return t.mailRefusal(step.name, text, login)
		case step.name == hello:
			login = strings.Contains(text, "AUTH")
		case step.name == "RCPT TO":
			t.say("RSET", "RSET\r\nQUIT\r\n")
			return t.authorized(text)
		}
	}
	return t.answered(greeting)
}

// readAfter reads what a server still said where it has hung up on the line
// just sent.
func (t *talk) readAfter(err error) Answer {
	if _, text, late := t.reply(); late == nil {
		return t.mailRefusal("", text, false)
	}
	return t.failed(err)
}

// mailRefusal reads a reply other than yes. Its second code says what it is
// about: X.1 addresses, X.2 mailboxes, X.7 policy (RFC 3463).
func (t *talk) mailRefusal(step, text string, login bool) Answer {
	code, rest, _ := strings.Cut(text, " ")
	about := ""
	if len(rest) > 4 && rest[1] == '.' && rest[3] == '.' {
		about = rest[2:3]
	}
	lower := strings.ToLower(text)
	switch {
	case speaksOfCertificates(text):
		return t.aboutCertificate(text)
	case code == "530", code == "535", code == "538", login && strings.HasPrefix(code, "5") && (about == "7" || about == ""):
		return t.wantsLogin(text)
	case step == "RCPT TO" && (about != "7" && about != "" || strings.Contains(lower, "relay") || strings.HasPrefix(code, "4")):
		return t.answered(text) // about the recipient, or for later
	case strings.HasPrefix(code, "5"), step == "the greeting" && strings.HasPrefix(code, "554"):
		return t.unwelcome(text)
	}
	return t.refusedOtherwise(text)
}

// startIMAP is the opening of RFC 9051 §6.2.1.
func startIMAP(t *talk) (net.Conn, error) {
	line, err := t.line()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(line, "* ") {
		return nil, otherProtocol()
	}
	if strings.HasPrefix(line, "* BYE") || strings.HasPrefix(line, "* PREAUTH") {
		return nil, refused(line)
	}
	if err := t.send("a STARTTLS\r\n"); err != nil {
		return nil, err
	}
	for {
		if line, err = t.line(); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(line, "a OK"):
			return t.conn, nil
		case strings.HasPrefix(line, "a "), strings.HasPrefix(line, "* BYE"):
			return nil, refused(line)
		}
	}
}

// askIMAP begins a login and takes it back: greeting and CAPABILITY are for
// everybody, and at AUTHENTICATE Dovecot looks at the certificate. Source: RFC
// 9051 §6.2.2.
func askIMAP(t *talk) Answer {
	greeting := ""
	if !t.client.Upgraded {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case strings.HasPrefix(line, "* PREAUTH"):
			return t.authorized(line)
		case strings.HasPrefix(line, "* BYE"):
			return t.loginRefusal(line)
		case !strings.HasPrefix(line, "* "):
			return t.failed(otherProtocol())
		}
		greeting = line
	}
	if err := t.say("AUTHENTICATE PLAIN", "a AUTHENTICATE PLAIN\r\n"); err != nil {
		return t.failed(err)
	}
	for {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case strings.HasPrefix(line, "+"):
			t.send("*\r\nb LOGOUT\r\n")
			return t.answered(line + " (a login may begin)")
		case strings.HasPrefix(line, "a "):
			t.send("b LOGOUT\r\n")
			if !speaksOfCertificates(line) {
				return t.answered(strings.TrimSpace(greeting + " " + line))
			}
			return t.loginRefusal(line)
		case strings.HasPrefix(line, "* BYE"):
			return t.loginRefusal(line)
		case !strings.HasPrefix(line, "* "):
			return t.failed(otherProtocol())
		}
	}
}

// loginRefusal reads the refusal of a connection or of a login that has not
// begun.
func (t *talk) loginRefusal(line string) Answer {
	if speaksOfCertificates(line) {
		return t.aboutCertificate(line)
	}
	return t.refusedOtherwise(line)
}

// startPOP3 is the opening of RFC 2595 §4.
func startPOP3(t *talk) (net.Conn, error) {
	for _, command := range []string{"STLS\r\n", ""} {
		line, err := t.line()
		if err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(line, "-ERR"):
			return nil, refused(line)
		case !strings.HasPrefix(line, "+OK"):
			return nil, otherProtocol()
		}
		if err := t.send(command); err != nil {
			return nil, err
		}
	}
	return t.conn, nil
}

// askPOP3 does as askIMAP. Source: RFC 5034 §4.
func askPOP3(t *talk) Answer {
	if !t.client.Upgraded {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case strings.HasPrefix(line, "-ERR"):
			return t.loginRefusal(line)
		case !strings.HasPrefix(line, "+OK"):
			return t.failed(otherProtocol())
		}
	}
	if err := t.say("AUTH PLAIN", "AUTH PLAIN\r\n"); err != nil {
		return t.failed(err)
	}
	line, err := t.line()
	switch {
	case err != nil:
		return t.failed(err)
	case strings.HasPrefix(line, "+"):
		t.send("*\r\nQUIT\r\n")
		return t.answered(line + " (a login may begin)")
	case !strings.HasPrefix(line, "-ERR"):
		return t.failed(otherProtocol())
	}
	t.send("QUIT\r\n")
	if speaksOfCertificates(line) {
		return t.aboutCertificate(line)
	}
	return t.answered(line)
}

// sieveReply reads up to the line that ends a reply, and returns that line
// with all before it. Source: RFC 5804 §1.2.
func (t *talk) sieveReply() (last, all string, err error) {
	for {
		line, err := t.line()
		if err != nil {
			return "", "", err
		}
		all += line + "\n"
		word, _, _ := strings.Cut(line, " ")
		switch strings.ToUpper(word) {
		case "OK", "NO", "BYE":
			return line, all, nil
		}
		if !strings.HasPrefix(line, `"`) && !strings.HasPrefix(line, "{") {
			return "", "", otherProtocol()
		}
	}
}

// startSieve is the opening of RFC 5804 §2.2.
func startSieve(t *talk) (net.Conn, error) {
	last, all, err := t.sieveReply()
	switch {
	case err != nil:
		return nil, err
	case !strings.HasPrefix(strings.ToUpper(last), "OK"):
		return nil, refused(last)
	case !strings.Contains(strings.ToUpper(all), `"STARTTLS"`):
		return nil, refused("the greeting has no STARTTLS: " + all)
	}
	if err := t.send("STARTTLS\r\n"); err != nil {
		return nil, err
	}
	if last, _, err = t.sieveReply(); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(strings.ToUpper(last), "OK") {
		return nil, refused(last)
	}
	return t.conn, nil
}

// askSieve does as askIMAP. The server greets anew after TLS has started.
// Source: RFC 5804 §2.1, §2.2.
func askSieve(t *talk) Answer {
	last, _, err := t.sieveReply()
	switch {
	case err != nil:
		return t.failed(err)
	case !strings.HasPrefix(strings.ToUpper(last), "OK"):
		return t.loginRefusal(last)
	}
	if err := t.say(`AUTHENTICATE "PLAIN"`, "AUTHENTICATE \"PLAIN\"\r\n"); err != nil {
		return t.failed(err)
	}
	line, err := t.line()
	switch {
	case err != nil:
		return t.failed(err)
	case strings.HasPrefix(line, `"`), strings.HasPrefix(line, "{"):
		t.send("\"*\"\r\nLOGOUT\r\n")
		return t.answered(line + " (a login may begin)")
	case speaksOfCertificates(line):
		return t.aboutCertificate(line)
	}
	return t.answered(line)
}

// askNNTP asks what the server can do. Source: RFC 3977 §5.2.
func askNNTP(t *talk) Answer {
	if !t.client.Upgraded {
		code, text, err := t.reply()
		if err != nil {
			return t.failed(err)
		}
		if code[0] != '2' {
			return t.mailRefusal("the greeting", text, false)
		}
	}
	if err := t.say("CAPABILITIES", "CAPABILITIES\r\n"); err != nil {
		return t.failed(err)
	}
	code, text, err := t.reply()
	switch {
	case err != nil:
		return t.failed(err)
	case code[0] == '1' || code[0] == '2', code == "500":
		return t.answered(text)
	}
	return t.mailRefusal("CAPABILITIES", text, false)
}

// startNNTP is the opening of RFC 4642 §2.2.
func startNNTP(t *talk) (net.Conn, error) {
	code, text, err := t.reply()
	if err != nil {
		return nil, err
	}
	if code != "200" && code != "201" {
		return nil, refused(text)
	}
	return t.conn, t.command("STARTTLS", "382")
}

// startFTP is the opening of RFC 4217.
func startFTP(t *talk) (net.Conn, error) {
	code, text, err := t.reply()
	if err != nil {
		return nil, err
	}
	if code != "220" {
		return nil, refused(text)
	}
	return t.conn, t.command("AUTH TLS", "234")
}

// askFTP asks for the list of features. USER would log in, where the
// certificate suffices for that (ProFTPD), so it is not sent; "530 log in
// first" is an answer too (vsftpd). Source: RFC 2389 §3.
func askFTP(t *talk) Answer {
	if !t.client.Upgraded {
		code, text, err := t.reply()
		if err != nil {
			return t.failed(err)
		}
		if code != "220" {
			return t.mailRefusal("the greeting", text, false)
		}
	}
	if err := t.say("FEAT", "FEAT\r\n"); err != nil {
		return t.failed(err)
	}
	code, text, err := t.reply()
	switch {
	case err != nil:
		return t.failed(err)
	case code == "421":
		return t.mailRefusal("FEAT", text, false)
	}
	t.send("QUIT\r\n")
	return t.answered(text)
}
