//go:build linux

package rig

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"vacant/dnsstage/dnstest"
)

// Sweep is one run of vacant dns over the first names in order, its answers in a
// file that is read and removed.
type Sweep struct {
	Vacant    string // the binary
	Dir       string // for names, answers and state; best on tmpfs
	Names     int
	Server    netip.AddrPort
	Authority bool // Server is com's own, not a recursive resolver
	Flags     []string
	In        *Namespace
	Limit     time.Duration
}

// Argv is the command line; the names and the answers are files in Dir.
func (s *Sweep) Argv() []string {
	way := []string{"-r", s.Server.String()}
	if s.Authority {
		way = []string{"--authority", "com=" + s.Server.String()}
	}
	argv := append([]string{s.Vacant, "dns"}, way...)
	return append(append(argv, "-l", s.namesFile(), "-o", s.answersFile()), s.Flags...)
}

func (s *Sweep) namesFile() string   { return filepath.Join(s.Dir, "names.txt") }
func (s *Sweep) answersFile() string { return filepath.Join(s.Dir, "out.jsonl") }

// Expect is what the answers are held against: the truth of [dnstest.Taken].
func (s *Sweep) Expect() Expect { return Expect{Names: s.Names, Taken: dnstest.Taken[[]byte]} }

// Run runs it. Whether the outcome is right is for the caller to say.
func (s *Sweep) Run(ctx context.Context) (*Run, *Outcome, error) {
	if err := WriteNames(s.namesFile(), s.Names, ""); err != nil {
		return nil, nil, err
	}
	c := Command{Argv: s.Argv(), In: s.In, Limit: s.Limit, Env: HomeIn(s.Dir)}
	r, err := c.MustSucceed(ctx)
	if err != nil {
		return r, nil, err
	}
	defer func() { _ = os.Remove(s.answersFile()) }()
	o, err := ReadAnswers(s.answersFile(), s.Expect())
	return r, o, err
}

// HomeIn keeps a program's state and settings out of the user's own.
func HomeIn(dir string) []string {
	return []string{"HOME=" + dir, "XDG_STATE_HOME=" + dir + "/state", "XDG_CACHE_HOME=" + dir + "/cache", "XDG_CONFIG_HOME=" + dir + "/config"}
}
