package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Names of the record in a folder, as openssl ca's configuration has them by
// custom: database, serial, crlnumber.
const (
	recordName    = "index.txt"
	attrName      = "index.txt.attr"
	serialName    = "serial"
	crlNumberName = "crlnumber"
)

// recordAttr lets several certificates have one subject, as a renewed one and
// its predecessor do.
const recordAttr = "unique_subject = no\n"

// IsRecord reports whether a file of this name is where openssl ca or mutual
// keeps account of a CA; .old is what OpenSSL makes of the one before.
func IsRecord(name string) bool {
	name, _, _ = cutNumber(name)
	return slices.Contains([]string{recordName, attrName, serialName, crlNumberName}, strings.TrimSuffix(name, ".old"))
}

// Record is what a CA has issued, in the form of openssl ca's database: a text
// of one line a certificate, six fields apart by tabs (openssl-ca(1), apps/ca.c).
// The zero value is empty. Lines that are not changed are written as they were
// read.
type Record struct {
	Rows []Row
	head []string // comments, which OpenSSL skips
	rows map[string]int
}

// Row is one certificate of a Record.
type Row struct {
	State    byte // 'V', 'R' or 'E'; OpenSSL sets E when asked to, and mutual never
	NotAfter time.Time
	Revoked  time.Time // zero unless State is 'R'
	Reason   string    // as OpenSSL writes it, such as "keyCompromise"; "" is unspecified
	Serial   *big.Int
	Subject  string // X509_NAME_oneline of the name

	line string // as read; "" once changed
	file string
	more string // of the reason, an argument: the time of a key's compromise, an instruction
}

// RecordError says what is wrong with a line of a Record.
type RecordError struct {
	Line        int
	Found, Want string
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("line %d: found %s, expected %s", e.Line, e.Found, e.Want)
}

// ParseRecord reads the text of a database. It takes what openssl ca takes, and
// any error is a *RecordError.
func ParseRecord(text []byte) (*Record, error) {
	r := &Record{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			if line != "" {
				r.head = append(r.head, line)
			}
			continue
		}
		row, err := parseRow(line)
		if err != nil {
			err.Line = n
			return nil, err
		}
		if r.Find(row.Serial) != nil {
			return nil, &RecordError{n, "the serial number " + serialText(row.Serial) + " a second time", "each once"}
		}
		r.add(*row)
	}
	return r, nil
}

func parseRow(line string) (*Row, *RecordError) {
	bad := func(found, want string) (*Row, *RecordError) { return nil, &RecordError{Found: found, Want: want} }
	fields := splitRow(line)
	if len(fields) != 6 {
		return bad(fmt.Sprintf("%d fields", len(fields)), "six, apart by tabs: state, end, revoked, serial, file, subject")
	}
	row := &Row{line: line, file: fields[4], Subject: fields[5]}
	if len(fields[0]) != 1 || !strings.Contains("VRE", fields[0]) {
		return bad(fmt.Sprintf("the state %.20q", fields[0]), "V, R or E")
	}
	row.State = fields[0][0]
	var ok bool
	if row.NotAfter, ok = parseRecordTime(fields[1]); !ok {
		return bad(fmt.Sprintf("the end %.40q", fields[1]), "a time as YYMMDDHHMMSSZ")
	}
	if row.Serial, ok = parseSerial(fields[3]); !ok || len(fields[3])%2 != 0 {
		return bad(fmt.Sprintf("the serial number %.60q", fields[3]), "an even number of hexadecimal digits")
	}
	switch revoked := strings.SplitN(fields[2], ",", 3); {
	case row.State != 'R' && fields[2] != "":
		return bad("a date of revocation at a certificate in state "+fields[0], "none")
	case row.State == 'R':
		if row.Revoked, ok = parseRecordTime(revoked[0]); !ok {
			return bad(fmt.Sprintf("the date of revocation %.40q", revoked[0]), "a time as YYMMDDHHMMSSZ")
		}
		if len(revoked) > 1 {
			if row.Reason = revoked[1]; reasonCode(row.Reason) < 0 {
				return bad(fmt.Sprintf("the reason %.40q", row.Reason), "one of "+strings.Join(recordReasons(), ", "))
			}
		}
		if len(revoked) > 2 {
			row.more = revoked[2]
		}
	}
	return row, nil
}

// splitRow cuts a line at its tabs; one after a backslash is none
// (crypto/txt_db/txt_db.c).
func splitRow(line string) []string {
	var fields []string
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '\t':
			b.WriteByte('\t')
			i++
		case line[i] == '\t':
			fields = append(fields, b.String())
			b.Reset()
		default:
			b.WriteByte(line[i])
		}
	}
	return append(fields, b.String())
}

// Bytes is the text of the record.
func (r *Record) Bytes() []byte {
	var b bytes.Buffer
	for _, line := range r.head {
		b.WriteString(line + "\n")
	}
	for _, row := range r.Rows {
		b.WriteString(row.text() + "\n")
	}
	return b.Bytes()
}

func (r *Row) text() string {
	if r.line != "" {
		return r.line
	}
	revoked := ""
	if r.State == 'R' {
		revoked = recordTime(r.Revoked)
		for _, more := range []string{r.Reason, r.more} {
			if more != "" {
				revoked += "," + more
			}
		}
	}
	fields := []string{string(r.State), recordTime(r.NotAfter), revoked, serialText(r.Serial), r.file, r.Subject}
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(f, "\t", "\\\t")
	}
	return strings.Join(fields, "\t")
}

// Find is the row of a serial number, or nil. It is good until the next Add.
func (r *Record) Find(serial *big.Int) *Row {
	if i, ok := r.rows[serial.String()]; ok {
		return &r.Rows[i]
	}
	return nil
}

// Add notes a certificate as valid, and reports whether it was not there.
func (r *Record) Add(cert *x509.Certificate) bool {
	if r.Find(cert.SerialNumber) != nil {
		return false
	}
	r.add(Row{State: 'V', NotAfter: cert.NotAfter, Serial: cert.SerialNumber, Subject: oneLine(cert.RawSubject), file: "unknown"})
	return true
}

func (r *Record) add(row Row) {
	if r.rows == nil {
		r.rows = map[string]int{}
	}
	r.rows[row.Serial.String()] = len(r.Rows)
	r.Rows = append(r.Rows, row)
}

// superseded reports whether there is a row of the same subject that ends
// later and is not revoked.
func (r *Record) superseded(row *Row) bool {
	for i := range r.Rows {
		other := &r.Rows[i]
		if other.State == 'V' && other.Subject == row.Subject && other.NotAfter.After(row.NotAfter) {
			return true
		}
	}
	return false
}

// Revoke marks a row as revoked. A certificate that is revoked stays as it is,
// and Revoke reports false: the date counts from the first time.
func (r *Row) Revoke(at time.Time, reason string) bool {
	if r.State == 'R' {
		return false
	}
	r.State, r.Revoked, r.Reason, r.line = 'R', at.UTC().Truncate(time.Second), reason, ""
	return true
}

// recordTime writes a time as it stands in a certificate: with two digits of
// the year up to 2049 (RFC 5280 §4.1.2.5).
func recordTime(t time.Time) string {
	t = t.UTC()
	if t.Year() >= 1950 && t.Year() < 2050 {
		return t.Format("060102150405Z")
	}
	return t.Format("20060102150405Z")
}

func parseRecordTime(s string) (time.Time, bool) {
	layout := "20060102150405Z"
	if len(s) == len("060102150405Z") {
		layout = "060102150405Z"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return t, false
	}
	// Go reads two digits as 1969 to 2068, X.509 as 1950 to 2049.
	if len(s) == len("060102150405Z") && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	return t, true
}

// maxSerialDigits is more than RFC 5280 §4.1.2.2 allows, and little.
const maxSerialDigits = 128

// parseSerial reads hexadecimal digits, with a minus for a number below zero.
func parseSerial(s string) (*big.Int, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > maxSerialDigits || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return nil, false
	}
	return new(big.Int).SetString(s, 16)
}

// serialText is a serial number as OpenSSL writes it: an even number of
// digits, in capitals.
func serialText(n *big.Int) string {
	digits := strings.ToUpper(new(big.Int).Abs(n).Text(16))
	if len(digits)%2 != 0 {
		digits = "0" + digits
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}
