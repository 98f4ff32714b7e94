package main

import (
	"encoding/json"
	"testing"

	"vacant"
)

// FuzzAnswerLineIsJSON shows that the hand-made line is what encoding/json reads back.
func FuzzAnswerLineIsJSON(f *testing.F) {
	f.Add("aaac.com", uint8(vacant.StatusNXDomain), uint8(3), uint16(62), uint8(0))
	f.Add("xn--bcher-kva.de", uint8(vacant.StatusTimeout), vacant.RcodeNone, uint16(0), vacant.FlagResolved)
	f.Add("a-b.co.uk", uint8(200), uint8(5), uint16(65535), uint8(255))
	f.Fuzz(func(t *testing.T, text string, status, rcode uint8, rtt uint16, flags uint8) {
		name, err := vacant.ParseName(text)
		if err != nil {
			t.Skip("no name")
		}
		a := vacant.Answer{Status: vacant.Status(status), Rcode: rcode, RTT: rtt, Flags: flags}
		var got struct {
			D  string `json:"d"`
			S  string `json:"s"`
			R  int    `json:"r"`
			MS int    `json:"ms"`
			Re bool   `json:"re"`
		}
		line := appendAnswer(nil, []byte(name), a)
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		want := got
		want.D, want.S, want.R, want.MS, want.Re = string(name), a.Status.String(), int(rcode), int(rtt), flags&vacant.FlagResolved != 0
		if rcode == vacant.RcodeNone {
			want.R = -1
		}
		if got != want || line[len(line)-1] != '\n' {
			t.Errorf("%s reads as %+v, want %+v", line, got, want)
		}
	})
}

func TestAnswerLineTakesNoMemory(t *testing.T) {
	line := make([]byte, 0, 512)
	name := []byte("aaac.com")
	a := vacant.Answer{Status: vacant.StatusNXDomain, Rcode: 3, RTT: 62}
	if n := testing.AllocsPerRun(100, func() { line = appendAnswer(line[:0], name, a) }); n != 0 {
		t.Errorf("%v allocations a line, want none", n)
	}
	if want := `{"d":"aaac.com","s":"nxdomain","r":3,"ms":62,"re":false}` + "\n"; string(line) != want {
		t.Errorf("line %q, want %q", line, want)
	}
}

func BenchmarkAnswerLine(b *testing.B) {
	b.ReportAllocs()
	line := make([]byte, 0, 512)
	name := []byte("aaac.com")
	a := vacant.Answer{Status: vacant.StatusNXDomain, Rcode: 3, RTT: 62}
	for b.Loop() {
		line = appendAnswer(line[:0], name, a)
	}
}
