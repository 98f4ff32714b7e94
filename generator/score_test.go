package generator

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// betterWorse are pairs of labels of which a person would take the first.
const betterWorse = `
zenly xqzwk     nova n0v4        blue bluue        cloudly clwdly    lumo qxj
shop my-shop    go g0            radio rad10       getword getwrd    insta insstta
trello trllo    asana aasanaa    stripe strpie     notion ntoion     figma fgima
brunch brnch    vivid vvid       coffee cofffee    google goog1e     paper paqer
mint mnit       river rvier      solar s0lar       tango tnago       lemon lem-on
pixel p1xel     robin rbn        zara zrxq         moss mosss        kite k1te
orbit orrbit    plume plumme     frost frst        ember embr        quill qill
nimbus nmbs     cedar cedarwoodconsulting          spark sp4rk       delta dlt4
wave wavewavewavewave            bloom blooom      tidal tdial       maple mapl3
cobalt c-o-b-a-l-t               hazel hzlae       pine p-i-n-e      falcon flcnoa
arrow arrrow    canvas cnvs      berry brryx       dune dune-2024    echo eechho
lunar lun4r     prism prsmi      stone sto-ne      velvet vlvtee     willow willllow
book bo0k       get getgetget    home home-home    note nt           sail sailqx
banana bnnaaa   kiwi kxwx        lago lgao         milo m1l0         nest nestx7
tempo tmpeo     union un1on      vista vst4        yoga yga          zest zzest
ab zq           art qrt          sun snu           ice ixc           bank bank99
cafe xn--caf-dma                 planet the-planet-of-all            web3 w3b
hello helloworldhowareyou        market markettt   data da-ta        team t3am
`

func TestScorePrefersWhatPeoplePrefer(t *testing.T) {
	words := strings.Fields(betterWorse)
	if len(words)%2 != 0 || len(words) < 120 {
		t.Fatalf("%d words are not at least 60 pairs", len(words))
	}
	for i := 0; i < len(words); i += 2 {
		better, worse := Score([]byte(words[i])), Score([]byte(words[i+1]))
		if better <= worse {
			t.Errorf("%s has %d, %s has %d", words[i], better, words[i+1], worse)
		}
	}
}

// known are names of firms, products and words, none of which the score was tuned on.
const known = `spotify netflix adobe nike lego ikea sony canon pepsi visa oracle intel cisco zoom slack dropbox
airbnb paypal reddit twitter amazon tesla volvo audi honda toyota suzuki garmin rolex gucci prada chanel hermes
boeing shell exxon verizon nokia samsung lenovo dell asus acer nintendo sega atari capcom disney pixar marvel
hulu roku yahoo bing baidu tencent alibaba docker github gitlab stripe square twilio shopify etsy ebay zillow
expedia kayak trivago lyft grab bolt tinder bumble duolingo coursera udemy canva figma notion asana trello miro
window garden silver candle bridge forest anchor breeze thunder meadow pepper saddle timber magnet hammer`

// TestRealNamesScoreAboveRandomOnes compares each real name with random letters
// of its length: the share of pairs in the right order is the area under the
// curve, which the rank sum statistic measures.
func TestRealNamesScoreAboveRandomOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	right, pairs := 0.0, 0.0
	for _, name := range strings.Fields(known) {
		actual := Score([]byte(name))
		for range 200 {
			random := Score(randomLetters(rng, len(name)))
			pairs++
			switch {
			case actual > random:
				right++
			case actual == random:
				right += 0.5
			}
		}
	}
	if share := right / pairs; share < 0.97 {
		t.Errorf("%.3f of the pairs are in the right order", share)
	}
}

func randomLetters(rng *rand.Rand, n int) []byte {
	label := make([]byte, n)
	for i := range label {
		label[i] = byte('a' + rng.IntN(26))
	}
	return label
}

func TestScoreStaysWithinItsBounds(t *testing.T) {
	for _, label := range []string{"", "a", "-", "0", "zz", strings.Repeat("0-", 31), strings.Repeat("e", 63), "xn--", "xn--bcher-kva", "xn--p1ai", "\xff\x00A_"} {
		if s := Score([]byte(label)); s < 0 || s > MaxScore {
			t.Errorf("%q has %d", label, s)
		}
	}
}

func TestScoreAllocatesNothing(t *testing.T) {
	label := []byte("wonderful-4you")
	if n := testing.AllocsPerRun(100, func() { Score(label) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzScore(f *testing.F) {
	for _, s := range []string{"", "nova", "n0v4", "my-shop", "xn--bcher-kva", "xn--a", "aaa"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, label string) {
		if s := Score([]byte(label)); s < 0 || s > MaxScore {
			t.Errorf("%q has %d", label, s)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	label := []byte("wonderful")
	b.ReportAllocs()
	for b.Loop() {
		Score(label)
	}
}
