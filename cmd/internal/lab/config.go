package lab

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Config returns the TOML text of a configuration file that makes every command
// ask this lab. What would change the way to ask (resolvers, proxies) is in it as comments.
func (l *Lab) Config() string {
	var b strings.Builder
	b.WriteString("# Makes vacant use a running lab; good as long as the lab runs.\n")
	fmt.Fprintf(&b, "world = %s\n", strconv.Quote(l.World()))
	fmt.Fprintf(&b, "roots = [%s]\n", quoteAll(addrTexts(l.roots)))
	fmt.Fprintf(&b, "rdap_bootstrap = %s\n", strconv.Quote(l.bootstrapURL))
	fmt.Fprintf(&b, "# resolvers = [%s]\n", quoteAll(addrTexts(l.resolvers)))
	fmt.Fprintf(&b, "# proxy = [%s]\n", quoteAll(l.proxies))
	b.WriteString("\n[whois_server]\n")
	for _, tld := range l.world.names {
		if addr, ok := l.whois[tld]; ok {
			fmt.Fprintf(&b, "%s = %s\n", strconv.Quote(tld), strconv.Quote(addr))
		}
	}
	return b.String()
}

// WriteConfig writes the text of Config to a file, readable by its owner alone:
// the proxies' password is in it.
func (l *Lab) WriteConfig(path string) error {
	if err := os.WriteFile(path, []byte(l.Config()), 0o600); err != nil {
		return fmt.Errorf("write the lab's configuration: %w", err)
	}
	return nil
}

func addrTexts(addrs []netip.AddrPort) (texts []string) {
	for _, a := range addrs {
		texts = append(texts, a.String())
	}
	return texts
}

func quoteAll(texts []string) string {
	quoted := slices.Clone(texts)
	for i, t := range quoted {
		quoted[i] = strconv.Quote(t)
	}
	return strings.Join(quoted, ", ")
}
