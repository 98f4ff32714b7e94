package rdapstage

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixedControls are names known to be registered.
type fixedControls []vacant.Name

func (f fixedControls) Registered(_ context.Context, suffix string, n int) []vacant.Name {
	var names []vacant.Name
	for _, name := range f {
		if name.Parent() == suffix && len(names) < n {
			names = append(names, name)
		}
	}
	return names
}

// free is what stage one says of a name that nobody delegated.
func free(name string) vacant.Inquiry {
	return vacant.Inquiry{Name: vacant.Name(name), Source: "test", DNS: vacant.DNSProof{
		At: time.Now(), Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.53:53", Flags: vacant.FlagProven}}
}

func frees(names ...string) []vacant.Inquiry {
	list := make([]vacant.Inquiry, len(names))
	for i, name := range names {
		list[i] = free(name)
	}
	return list
}

func numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}

// newStage returns a stage whose periods suit tests: one question is given up
// after a second and pauses start at 20 ms.
func newStage(tb testing.TB, cfg Config) *Stage {
	tb.Helper()
	if cfg.Timing.Query == 0 {
		cfg.Timing.Query = time.Second
	}
	if cfg.Controls == nil {
		cfg.Controls = fixedControls{"taken.test"}
	}
	cfg.World = "test"
	s, err := New(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	s.unit = 20 * time.Millisecond
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// judge runs inquiries through a stage and returns the results by name. Each
// name must come back exactly once.
func judge(tb testing.TB, s *Stage, list []vacant.Inquiry) map[vacant.Name]vacant.Result {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	want := len(list)
	in, out := make(chan []vacant.Inquiry), make(chan []vacant.Result)
	ended := make(chan error, 1)
	go func() {
		defer close(out)
		ended <- s.Run(ctx, in, out)
	}()
	go func() {
		defer close(in)
		for len(list) > 0 {
			n := min(len(list), 256)
			select {
			case in <- list[:n]:
			case <-ctx.Done():
				return
			}
			list = list[n:]
		}
	}()
	results := make(map[vacant.Name]vacant.Result)
	for group := range out {
		for _, r := range group {
			if _, twice := results[r.Name]; twice {
				tb.Errorf("%s was judged twice", r.Name)
			}
			results[r.Name] = r
		}
	}
	if err := <-ended; err != nil {
		tb.Fatalf("Run: %v after %d of %d results", err, len(results), want)
	}
	if len(results) != want {
		tb.Fatalf("%d results for %d names", len(results), want)
	}
	return results
}

// verdict judges one name and returns "verdict reason".
func verdict(tb testing.TB, s *Stage, name string) string {
	tb.Helper()
	r := judge(tb, s, frees(name))[vacant.Name(name)]
	return words(&r)
}

func words(r *vacant.Result) string {
	if r.Reason() == vacant.ReasonNone {
		return r.Verdict().String()
	}
	return r.Verdict().String() + " " + string(r.Reason())
}

// onRDAP is a config with one RDAP server for .test.
func onRDAP(srv *rdaptest.Server) Config {
	return Config{RDAPServers: map[string]string{"test": srv.Base()}}
}

// onWHOIS is a config with one WHOIS server for .test.
func onWHOIS(p *rdaptest.Port43) Config {
	return Config{WHOISServers: map[string]string{"test": p.Addr()}}
}

func mustURL(tb testing.TB, text string) *url.URL {
	tb.Helper()
	u, err := url.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func certPool(srv *rdaptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return pool
}

func contextWith(tb testing.TB) (context.Context, context.CancelFunc) {
	tb.Helper()
	return context.WithTimeout(tb.Context(), 10*time.Second)
}

// noLookup resolves nothing, as a machine without a network.
func noLookup() *vacant.Lookup {
	return vacant.NewLookup(func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no resolver") })
}
