package ui

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

// manyServers are so many servers: the first lies, the second lost half of what
// it was sent, the rest are well.
func manyServers(n int) *pipeline.DNSStats {
	st := &pipeline.DNSStats{ByStatus: map[vacant.Status]uint64{vacant.StatusDelegated: 900, vacant.StatusNXDomain: 1100}}
	for i := range n {
		s := pipeline.ServerStats{Server: fmt.Sprintf("192.0.2.%d:53", i), Sent: 100, Answered: 100, RTT: 20 * time.Millisecond, State: "ok"}
		switch i {
		case 0:
			s.State = "liar"
		case 1:
			s.Answered, s.TimedOut, s.Resent = 50, 50, 50
		}
		st.Asked, st.Answered, st.TimedOut, st.Resent = st.Asked+s.Sent, st.Answered+s.Answered, st.TimedOut+s.TimedOut, st.Resent+s.Resent
		st.Servers = append(st.Servers, s)
	}
	st.LostByUs, st.LostByNetwork = 10, 40
	return st
}

func TestServersAreListedTheWorstFirstAndDozensAreFolded(t *testing.T) {
	for _, tt := range []struct {
		servers, lines int
		last           string
	}{
		{3, 3, "192.0.2.2:53"},
		{9, 9, "192.0.2.8:53"},
		{50, 9, "42 more servers: 4,200 sent, 4,200 answered"},
	} {
		var out strings.Builder
		Servers(&out, manyServers(tt.servers))
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != tt.lines || !strings.Contains(lines[len(lines)-1], tt.last) {
			t.Errorf("of %d servers:\n%s", tt.servers, out.String())
		}
		if !strings.Contains(lines[0], "192.0.2.0:53") || !strings.HasSuffix(lines[0], "liar") || !strings.Contains(lines[1], "50.0% lost") {
			t.Errorf("the worst do not come first:\n%s", out.String())
		}
	}
}

func TestAServerThatWasNotAskedIsNotShown(t *testing.T) {
	var out strings.Builder
	Servers(&out, &pipeline.DNSStats{Servers: []pipeline.ServerStats{{Server: "192.0.2.1:53", State: "ok"}}})
	if out.Len() > 0 {
		t.Errorf("shown: %q", out.String())
	}
}

func TestPercentNeverSaysNoneOfSome(t *testing.T) {
	for want, n := range map[string][2]uint64{"0%": {0, 10}, "<0.1%": {1, 1_000_000}, "0.1%": {1, 1000}, "33.3%": {1, 3}, "100.0%": {4, 4}} {
		if got := percent(n[0], n[1]); got != want {
			t.Errorf("%d of %d is %q, want %q", n[0], n[1], got, want)
		}
	}
	if got := percent(0, 0); got != "0%" {
		t.Errorf("none of none is %q", got)
	}
}

func TestSummaryOfStageOneAlone(t *testing.T) {
	sum := pipeline.Summary{End: pipeline.EndSignal, Elapsed: 2 * time.Second, DNS: *manyServers(50)}
	sum.Counts.Generated, sum.Counts.Delegated, sum.Counts.Queued, sum.Counts.Unasked = 2010, 900, 1100, 10
	var out strings.Builder
	SummarizeDNS(&out, sum)
	for _, want := range []string{
		"signal after 2s: 2,000 names answered (1,000/s): 900 taken, 1,100 nxdomain; 10 not asked\n",
		"queries sent 5000 = answered 4950 + lost by us 10 + lost by the network 40 + failed 0 + in flight 0; 50 retried; 50 servers, 1 of them caught lying",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	var record struct {
		Summary struct {
			DNS struct {
				Sent, Answered, Failed uint64
				LostByUs               uint64            `json:"lost_by_us"`
				LostByNetwork          uint64            `json:"lost_by_network"`
				ByStatus               map[string]uint64 `json:"by_status"`
				Servers                []struct{ Sent uint64 }
			}
		}
	}
	if err := json.Unmarshal(DNSSummaryJSON(sum), &record); err != nil {
		t.Fatal(err)
	}
	d := &record.Summary.DNS
	if d.Sent != d.Answered+d.LostByUs+d.LostByNetwork+d.Failed || len(d.Servers) != 50 || d.ByStatus["taken"] != 900 {
		t.Errorf("record %+v", record)
	}
}

func TestStatsLineOfStageOneAloneTellsTimeLeftAndStatuses(t *testing.T) {
	var out strings.Builder
	m := meter{rate: 1000, now: pipeline.Progress{Total: 4000, Elapsed: 2 * time.Second, DNS: *manyServers(2)}}
	m.now.Counts.Delegated, m.now.Counts.Queued = 900, 1100
	(&statsLines{w: &out, dnsOnly: true}).show(m)
	for _, want := range []string{"left=2s", "rate=1000/s", "taken=900", "nxdomain=1100", "lost_by_us=10", "lost_by_network=40"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the line lacks %q: %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "confirmed") {
		t.Errorf("the line speaks of stage two: %s", out.String())
	}
}

func TestBarsOfStageOneAlone(t *testing.T) {
	var out lockedBuilder
	b := newBars(NewTalk(&out), true)
	m := meter{now: pipeline.Progress{DNS: *manyServers(4)}}
	b.show(m)
	if got := oneText(m); !strings.Contains(got, "12.5% lost") {
		t.Errorf("text %q", got)
	}
	b.end()
	if strings.Contains(out.String(), "registry") {
		t.Errorf("a bar for stage two was drawn: %q", out.String())
	}
}
