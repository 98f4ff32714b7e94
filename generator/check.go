package generator

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"vacant"
)

func (g *Generator) checkShard() error {
	i, n := g.cfg.Shard, g.cfg.ShardsTotal
	if i == 0 && n == 0 || 1 <= i && i <= n {
		return nil
	}
	return usage("shards are 1/n to n/n, as in --shard 2/3", "--shard %d/%d: there is no such shard", i, n)
}

// maxSuffixLen leaves room for the longest label and a dot.
const maxSuffixLen = vacant.MaxNameLen - vacant.MaxLabelLen - 1

// cleanTLDs brings the suffixes into canonical form, each once, in their order.
func (g *Generator) cleanTLDs() error {
	given := g.cfg.TLDs
	switch {
	case len(given) > 0:
	case g.cfg.Hack:
		given, _ = PresetTLDs("hack") // nothing ends in com
	default:
		given = []string{"com"}
	}
	seen := map[string]bool{}
	for _, text := range given {
		tld, err := g.cleanTLD(text)
		if err != nil {
			return err
		}
		if !seen[tld] {
			seen[tld] = true
			g.tlds = append(g.tlds, tld)
		}
	}
	if g.cfg.Hack {
		g.endings = newEndings(g.tlds)
	}
	return nil
}

func (g *Generator) cleanTLD(text string) (string, error) {
	const help = "endings under which names are registered, as in -t com,dev,co.uk"
	bare := strings.TrimPrefix(strings.TrimSpace(text), ".")
	name, err := vacant.ParseName("x." + bare)
	if err != nil || bare == "" || len(name.Parent()) > maxSuffixLen {
		return "", usage(help, "--tlds %s: not a domain name's ending", clip(text))
	}
	if err := g.cfg.Suffixes.Known(name.Parent()); err != nil {
		return "", usage(help, "--tlds %s: %v", clip(text), err)
	}
	return name.Parent(), nil
}

// checkLists refuses lists that cannot be read before anything is made of the others.
func (g *Generator) checkLists() error {
	for _, path := range g.cfg.Lists {
		if path != "-" {
			if err := checkReadable(path); err != nil {
				return fmt.Errorf("--list: %w", err)
			}
			g.files = append(g.files, path)
			continue
		}
		if g.stdin || g.cfg.Wordlist == "-" || g.cfg.BlendWith == "-" {
			return usage("name a file for one of them", "standard input is named twice")
		}
		if g.cfg.Stdin == nil {
			return usage("pipe names into it, or name a file", "--list -: standard input is not there to be read")
		}
		g.stdin = true
	}
	return nil
}

// checkReadable opens a regular file to see; anything else (a FIFO would wait
// for its writer) is left to Run.
func checkReadable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "read", Path: path, Err: errDirectory}
	case !info.Mode().IsRegular():
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// checkEmpty refuses patterns that make no label at all, for which neither a
// filter nor an empty wordlist is to blame.
func (g *Generator) checkEmpty(src *sources) error {
	noWords := len(src.lex.plain) == 0 && slices.ContainsFunc(src.exprs, (*expr).usesWord)
	if noWords || g.space.size > 0 || len(g.cfg.Patterns) == 0 || g.cfg.Hack || !g.filter.trivial() {
		return nil
	}
	return usage("a label has 1 to 63 octets, no hyphen first or last, nor at both positions 3 and 4", "--pattern: none makes a valid label")
}
