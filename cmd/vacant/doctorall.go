package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// overall says what only all endpoints together tell: the proxies, the clock, port 43.
func overall(list []rdapstage.Finding, now time.Time) []pipeline.Condition {
	var out []pipeline.Condition
	for _, say := range []func([]rdapstage.Finding, time.Time) (pipeline.Condition, bool){proxies, clock, port43} {
		if c, ok := say(list, now); ok {
			out = append(out, c)
		}
	}
	return out
}

func proxies(list []rdapstage.Finding, _ time.Time) (pipeline.Condition, bool) {
	via := rdapstage.Proxies(list)
	if len(via) == 0 {
		return pipeline.Condition{}, false
	}
	return pipeline.Condition{What: "proxy", Text: "registries are asked through " + strings.Join(via, ", ")}, true
}

// What a wrong clock costs: with minutes, waits come out wrong; with an hour,
// the ages of proofs and quotas; with days, TLS.
const (
	clockOff   = 2 * time.Minute
	clockWrong = time.Hour
)

// clock holds ours against the Date headers of all servers: the middle one
// counts, since one registry's clock may be wrong too.
func clock(list []rdapstage.Finding, _ time.Time) (pipeline.Condition, bool) {
	skew, n := rdapstage.ClockSkew(list)
	if n == 0 {
		return pipeline.Condition{}, false
	}
	c := pipeline.Condition{What: "clock", Text: fmt.Sprintf("as registries' clocks (%s)", countOf(n, "server", "servers"))}
	off := skew.Abs()
	if off < clockOff {
		return c, true
	}
	word := "behind"
	if skew < 0 {
		word = "ahead of"
	}
	c.Level, c.Text = pipeline.LevelWarn, fmt.Sprintf("this machine's clock is %s %s the registries' (%s)", off.Round(time.Second), word, countOf(n, "server", "servers"))
	if off >= clockWrong {
		c.Level = pipeline.LevelFail
	}
	c.Advice = "set it (timedatectl set-ntp true): ages of proofs, quotas, waits and certificates are judged by it"
	return c, true
}

// port43 tells of a network that lets no WHOIS question out.
func port43(list []rdapstage.Finding, _ time.Time) (pipeline.Condition, bool) {
	hosts, reached := map[string]bool{}, false
	for i := range list {
		if f := &list[i]; f.Kind != vacant.KindRDAP {
			reached = reached || f.Fault != rdapstage.FaultConnect && f.Asked > 0
			if f.Fault == rdapstage.FaultConnect {
				hosts[f.Base] = true
			}
		}
	}
	if reached || len(hosts) == 0 {
		return pipeline.Condition{}, false
	}
	return pipeline.Condition{What: "port 43", Level: pipeline.LevelWarn,
		Text:   fmt.Sprintf("none of %s can be connected to: port 43 seems to be blocked here (port43-blocked)", countOf(len(hosts), "WHOIS server", "WHOIS servers")),
		Advice: "go through --registry-proxy, or hunt where RDAP alone confirms; --no-whois saves the waiting"}, true
}

// exitMeans replaces what a command's help says of some codes: code, words, code, words.
func exitMeans(cmd *cobra.Command, pairs ...any) *cobra.Command {
	text := cmd.Annotations[exitAnnotation]
	for i := 0; i+1 < len(pairs); i += 2 {
		code := pairs[i].(int)
		text = strings.Replace(text, fmt.Sprintf("  %-4d %s\n", code, exitWords[code]), fmt.Sprintf("  %-4d %s\n", code, pairs[i+1]), 1)
	}
	cmd.Annotations[exitAnnotation] = text
	return cmd
}
