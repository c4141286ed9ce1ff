package between

import (
	"testing"

	"mutual/diagnose/cause"
)

const (
	aes128sha256 = 0x1301
	aes256sha384 = 0x1302
)

// TestFlightOf holds the lengths against those measured of real clients.
func TestFlightOf(t *testing.T) {
	for _, test := range []struct {
		name    string
		suite   uint16
		records []int
		want    cause.Flight
		took    int
	}{
		{"curl, not asked", aes128sha256, []int{53, 96}, cause.FlightFinished, 1},
		{"curl, not asked, SHA-384", aes256sha384, []int{69, 96}, cause.FlightFinished, 1},
		{"Java, not asked, SHA-256", aes128sha256, []int{69, 133}, cause.FlightFinished, 1},
		{"Java, not asked, SHA-384", aes256sha384, []int{85, 133}, cause.FlightFinished, 1},
		{"curl, empty", aes128sha256, []int{25, 53, 96}, cause.FlightEmpty, 2},
		{"Node, empty, SHA-384", aes256sha384, []int{25, 69}, cause.FlightEmpty, 2},
		{"Java, empty", aes256sha384, []int{41, 85}, cause.FlightEmpty, 2},
		{"Java's HttpClient, empty", aes128sha256, []int{77, 133}, cause.FlightEmpty, 1},
		{"Java's HttpClient, empty, SHA-384", aes256sha384, []int{93, 133}, cause.FlightEmpty, 1},
		{"one record, without padding", aes128sha256, []int{61}, cause.FlightEmpty, 1},
		{"curl, two certificates", aes256sha384, []int{948, 95, 69, 96}, cause.FlightCertificate, 3},
		{"GnuTLS, one certificate", aes128sha256, []int{492, 96, 53}, cause.FlightCertificate, 3},
		{"Java, two certificates", aes256sha384, []int{963, 111, 85}, cause.FlightCertificate, 3},
		{"Java's HttpClient, two certificates", aes128sha256, []int{1078, 133}, cause.FlightCertificate, 1},
		{"RSA 4096", aes256sha384, []int{2913, 537, 69}, cause.FlightCertificate, 3},
		{"Ed25519", aes128sha256, []int{420, 89, 53}, cause.FlightCertificate, 3},
		{"a chain of two records", aes128sha256, []int{fullRecord, 700, 96, 53, 40}, cause.FlightCertificate, 4},
		{"in one record, and a request of a Finished's size later", aes128sha256, []int{1078, 300, 200, 53}, cause.FlightCertificate, 1},
		{"Node's refusal came before the Finished", aes256sha384, []int{948}, cause.FlightCertificate, 1},
		{"an alert before any flight", aes128sha256, []int{19}, "", 0},
		{"Java's alert before any flight", aes128sha256, []int{35}, "", 0},
		{"nothing", aes128sha256, nil, "", 0},
		{"an empty Certificate without its Finished", aes128sha256, []int{25}, "", 0},
		{"early data", aes128sha256, []int{40}, "", 0},
	} {
		if got, took := flightOf(test.records, test.suite); got != test.want || took != test.took {
			t.Errorf("%s: flightOf(%v) = %q, %d, want %q, %d", test.name, test.records, got, took, test.want, test.took)
		}
	}
}

func FuzzFlightOf(f *testing.F) {
	f.Add([]byte{25, 53, 96}, uint16(aes128sha256))
	f.Fuzz(func(t *testing.T, data []byte, suite uint16) {
		records := make([]int, len(data))
		for i, b := range data {
			records[i] = int(b) * 66
		}
		flight, took := flightOf(records, suite)
		if took < 0 || took > len(records) || (flight == "") != (took == 0) {
			t.Errorf("flightOf(%v) = %q, %d", records, flight, took)
		}
	})
}
