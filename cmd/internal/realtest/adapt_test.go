//go:build linux

package realtest

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"vacant/dnsstage/dnstest"
)

var adaptSVG = flag.String("adapt", "", "measure how rates adapt, for three quarters of a minute, and write the plot to this `file`")

// The course of the measurement: one server dies and returns.
const (
	adaptEnd     = 45 * time.Second
	adaptDies    = 20 * time.Second
	adaptReturns = 26 * time.Second
	adaptBin     = 250 * time.Millisecond
)

// adaptServers are the servers of one zone. Together they take 62,500 queries a second.
var adaptServers = []struct {
	what  string
	takes float64
	rtt   time.Duration
	dies  bool
}{
	{"takes 500/s", 500, 0, false},
	{"takes 5,000/s", 5000, 0, false},
	{"takes 50,000/s", 50_000, 0, false},
	{"takes 2,000/s, 200 ms away", 2000, 200 * time.Millisecond, false},
	{"takes 5,000/s, dies at 20 s, returns at 26 s", 5000, 0, true},
}

// The binary asks servers that drop what is above their caps. It runs on demand
// only: it is a measurement of real time, and the same course is a test of the
// policy in a simulated network (dnsstage, TestTheRateOfEveryServerIsFound).
func TestAdaptationIsMeasured(t *testing.T) {
	if *adaptSVG == "" {
		t.Skip("SKIPPED: a measurement of 45 s, needs -adapt FILE")
	}
	servers, began := runAdapting(t)
	p := plot{title: "What the servers of one zone were asked, and what they answered", bin: adaptBin, end: adaptEnd}
	sum := panel{title: "all together", limit: 62_500}
	for i, s := range servers {
		x := panel{title: adaptServers[i].what, limit: adaptServers[i].takes}
		x.served, x.dropped = perBin(s.Arrivals(), began)
		sum.add(x)
		p.panels = append(p.panels, x)
	}
	p.panels = append(p.panels, sum)
	report(t, sum, 10*time.Second, adaptDies) // the smaller ones are still settling
	for _, x := range p.panels {
		report(t, x, 35*time.Second, adaptEnd)
	}
	if err := os.WriteFile(*adaptSVG, p.svg(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runAdapting runs the binary against the servers until adaptEnd.
func runAdapting(t *testing.T) ([]*dnstest.Capped, time.Time) {
	t.Helper()
	args := []string{"dns", "-p", "[a-z]{5}", "-t", "com", "-o", os.DevNull, "-q"}
	var servers []*dnstest.Capped
	for _, a := range adaptServers {
		s := dnstest.StartCapped(t, dnstest.CappedConfig{Takes: a.takes, RTT: a.rtt})
		servers = append(servers, s)
		args = append(args, "--authority", "com="+s.Addr.String())
		if a.dies {
			time.AfterFunc(adaptDies, func() { s.Die(true) })
			time.AfterFunc(adaptReturns, func() { s.Die(false) })
		}
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	talk, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(adaptEnd, func() { _ = cmd.Process.Signal(os.Interrupt) })
	said, _ := io.ReadAll(talk)
	_ = cmd.Wait() // interrupted, as it was to be
	t.Logf("%s", said)
	return servers, began
}

// perBin counts arrivals over UDP by adaptBin.
func perBin(all []dnstest.Arrival, began time.Time) (served, dropped []float64) {
	n := int(adaptEnd / adaptBin)
	served, dropped = make([]float64, n), make([]float64, n)
	for _, a := range all {
		k := int(a.At.Sub(began) / adaptBin)
		switch {
		case a.TCP || k < 0 || k >= n:
		case a.Served:
			served[k] += 1 / adaptBin.Seconds()
		default:
			dropped[k] += 1 / adaptBin.Seconds()
		}
	}
	return served, dropped
}

// report checks one panel from one time to another against what is asked of the search.
func report(t *testing.T, x panel, from, to time.Duration) {
	t.Helper()
	var served, dropped, bins float64
	for k := from / adaptBin; k < to/adaptBin; k++ {
		served += x.served[k]
		dropped += x.dropped[k]
		bins++
	}
	share, drops := served/bins/x.limit, dropped/max(served+dropped, 1)
	t.Logf("%-45s from %v to %v: %.0f answers/s, %.1f %% of what it takes, %.2f %% dropped", x.title, from, to, served/bins, 100*share, 100*drops)
	most := 0.02
	if x.limit < 10_000 {
		most = 0.05 // one step up in ten seconds is some of what a small server is asked
	}
	if share < 0.85 || drops > most {
		t.Errorf("%s: %.0f %% of what it takes, %.2f %% dropped", x.title, 100*share, 100*drops)
	}
}
