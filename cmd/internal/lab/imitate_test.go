package lab

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// imitatedLab starts a lab of all imitated TLDs, in which each kind of name is common.
func imitatedLab(t *testing.T) *Lab {
	t.Helper()
	var tlds []string
	for _, i := range Imitations() {
		tlds = append(tlds, i.TLD)
	}
	return startLab(t, Config{Seed: 1, Density: 0.5, TLDs: tlds})
}

func isFree(s state) bool     { return s.verdict == verdictAvailable }
func isReserved(s state) bool { return s.verdict == verdictReserved && s.no == noSays }
func isPremium(s state) bool  { return s.verdict == verdictPremium }
func isActive(s state) bool {
	return s.verdict == verdictRegistered && s.life == lifeActive && s.dns == dnsDelegated
}
func isDeleted(s state) bool { return s.life == lifeRedemption }
func isHeld(s state) bool    { return s.life == lifeHold }

// Each server says of each kind of name what its registry says. NAME, LABEL and
// UPPER stand for the name, its label, and the name in upper case.
func TestServersSpeakAsTheirRegistries(t *testing.T) {
	l := imitatedLab(t)
	for _, test := range []struct {
		tld    string
		server int // of those of Lab.WHOIS
		line   string
		is     func(state) bool
		want   string // a line of the reply
	}{
		{"com", 0, "domain NAME", isFree, `No match for "UPPER".`},
		{"com", 0, "domain NAME", isActive, "   Domain Name: UPPER"},
		{"com", 0, "domain NAME", isDeleted, "   Domain Status: redemptionPeriod https://icann.org/epp#redemptionPeriod"},
		{"io", 0, "NAME", isFree, "Domain not found."},
		{"io", 0, "NAME", isActive, "Domain Name: UPPER"},
		{"io", 0, "NAME", isPremium, "NAME is a premium name and available for purchase at a premium price."},
		{"io", 0, "NAME", func(s state) bool { return isReserved(s) && draw(s.hash, saltHow) < 0.5 }, "NAME is currently available for application via the Identity Digital Dropzone service."},
		{"io", 0, "NAME", func(s state) bool { return isReserved(s) && draw(s.hash, saltHow) >= 0.5 }, "Reserved Domain Name"},
		{"de", 0, "-T dn,ace NAME", isFree, "Status: free"},
		{"de", 0, "-T dn,ace NAME", isActive, "Status: connect"},
		{"uk", 0, "NAME", isFree, "    This domain name has not been registered."},
		{"uk", 0, "NAME", isReserved, "    This domain name cannot be registered."},
		{"uk", 0, "NAME", isActive, "        Registered until expiry date."},
		{"uk", 0, "NAME", isHeld, "        Registered until expiry date. *** This registration has been SUSPENDED. ***"},
		{"se", 0, "NAME", isFree, `domain "NAME" not found.`},
		{"se", 0, "NAME", isActive, "domain:           NAME"},
		{"nu", 0, "NAME", isDeleted, "status:           pendingDelete"},
		{"eu", 0, "get 1.0 LABEL", isFree, "Status: AVAILABLE"},
		{"eu", 0, "get 1.0 LABEL", isActive, "Status: NOT AVAILABLE"},
		{"eu", 0, "get 1.0 LABEL", isDeleted, "Status: QUARANTINE"},
		{"eu", 0, "get 1.0 LABEL", isHeld, "Status: ON HOLD"},
		{"eu", 0, "get 1.0 LABEL", func(s state) bool { return isReserved(s) && euridKeeps(s) == "RESERVED" }, "Status: RESERVED"},
		{"eu", 0, "get 1.0 NAME", isFree, "%% RC = -1"},
		{"eu", 0, "LABEL", isFree, "%% RC = -1"},
		{"eu", 1, "NAME", isFree, "Status: AVAILABLE"},
		{"eu", 1, "NAME", isActive, "Registrar:"},
		{"eu", 1, "NAME", func(s state) bool { return isReserved(s) && euridKeeps(s) == "BLOCKED" }, "Status: BLOCKED"},
		{"be", 0, "NAME", isFree, "Status:\tAVAILABLE"},
		{"be", 0, "NAME", isActive, "Status:\tNOT AVAILABLE"},
		{"be", 0, "get 1.0 NAME", isFree, "RC:\t-1"},
		{"lt", 0, "get 1.0 NAME", isFree, "Status: available"},
		{"lt", 0, "get 1.0 NAME", isDeleted, "Status: pendingDelete"},
		{"lt", 0, "NAME", isFree, "% Invalid query"},
		{"ch", 0, "NAME", isFree, "1: This domain name can be registered."},
		{"ch", 0, "NAME", isActive, "0: This domain name can not be registered."},
		{"ch", 0, "is NAME", isFree, "-1: Invalid enquiry"},
		{"ch", 1, "NAME", isFree, "Requests of this client are not permitted. Please use https://www.nic.ch/whois/ for queries."},
		{"nl", 0, "is NAME", isFree, "NAME is free"},
		{"nl", 0, "is NAME", isActive, "NAME is active"},
		{"nl", 0, "is NAME", isDeleted, "NAME is in quarantine"},
		{"nl", 0, "is NAME", isHeld, "NAME is inactive"},
		{"nl", 0, "NAME", isFree, "Error: invalid query"},
		{"ws", 0, "NAME", isFree, "The queried object does not exist: NAME."},
		{"ws", 0, "NAME", isActive, "Domain Name: UPPER"},
	} {
		name := find(t, l.world, test.tld, test.is)
		label, _, _ := strings.Cut(name, ".")
		fill := strings.NewReplacer("NAME", name, "LABEL", label, "UPPER", strings.ToUpper(name)).Replace
		_, addr, _ := strings.Cut(strings.Fields(l.WHOIS()[test.tld])[test.server], "@")
		text := askWHOIS(t, addr, fill(test.line))
		if !strings.Contains("\n"+text, "\n"+fill(test.want)+"\n") {
			t.Errorf("%s: asked %q, it says %q, want the line %q", test.tld, fill(test.line), text, fill(test.want))
		}
	}
}

// Each RDAP says no in its registry's way, and of what is kept back what the registry says.
func TestRDAPSpeaksAsItsRegistry(t *testing.T) {
	l := imitatedLab(t)
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	for _, test := range []struct {
		tld  string
		is   func(state) bool
		want string // in the body; "" = no body
	}{
		{"com", isFree, ""}, {"dev", isFree, `"errorCode":404`}, {"dev", isReserved, "blocked by BSA"},
		{"io", isFree, `"errorCode":404`}, {"io", isReserved, `"title":"Object Not Found"`}, {"io", isPremium, `"title":"Object Not Found"`},
		{"de", isFree, `"errorCode":404`}, {"uk", isFree, `"errorCode":404`}, {"uk", isReserved, "is reserved and cannot be registered"},
		{"nl", isFree, `"errorCode":404`}, {"google", func(s state) bool { return s.verdict == verdictReserved && s.no == noPlain }, `"errorCode":404`},
	} {
		name := find(t, l.world, test.tld, test.is)
		r := getRDAP(t, client, l.RDAPBase(test.tld), name)
		if r.status != http.StatusNotFound || r.ctype != rdapType || !strings.Contains(string(r.body), test.want) || (test.want == "") != (len(r.body) == 0) {
			t.Errorf("%s: %d %s %q, want %q", name, r.status, r.ctype, r.body, test.want)
		}
	}
	listed := bases(t, l.BootstrapURL())
	for tld, want := range map[string]bool{"com": true, "dev": true, "google": true, "uk": true, "nl": true, "io": false, "de": false, "ch": false, "es": false, "ws": false} {
		if got := listed[tld] != ""; got != want {
			t.Errorf("%s is in the bootstrap file: %v", tld, got)
		}
	}
	if got := l.Unlisted(); len(got) != 2 || got["io"] == "" || got["de"] == "" || len(l.SecondSource()) != 1 {
		t.Errorf("unlisted %v, a second source for %v", got, l.SecondSource())
	}
}

func TestAServiceOverHTTP(t *testing.T) {
	l := imitatedLab(t)
	_, addr, _ := strings.Cut(strings.Fields(l.WHOIS()["se"])[1], "@")
	free, taken := find(t, l.world, "se", isFree), find(t, l.world, "se", isActive)
	for query, want := range map[string]string{
		"/free?q=" + free: "200 free " + free, "/free?q=" + strings.ToUpper(taken): "200 occupied " + taken,
		"/free?q=a.b.c": "200 not_valid a.b.c", "/": "404 404 page not found\n", "/free": "404 404 page not found\n",
	} {
		resp, err := http.Get("http://" + addr + query)
		must(t, err)
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
		if got := resp.Status[:4] + string(body); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	for _, o := range l.Stats().Operators {
		if o.TLDs[0] == "se" && (o.DAS != 5 || o.WHOIS != 0) {
			t.Errorf("%+v", o)
		}
	}
}
