//go:build linux

package realtest

import (
	"bytes"
	"fmt"
	"time"
)

// plot is rates over time, one panel a server: an SVG that needs nothing else
// and follows the reader's choice of light or dark.
type plot struct {
	title  string
	bin    time.Duration
	end    time.Duration
	panels []panel
}

// panel is what one server was asked: answers and drops a second, by bin.
type panel struct {
	title           string
	limit           float64
	served, dropped []float64
}

// add sums another panel into x.
func (x *panel) add(y panel) {
	if x.served == nil {
		x.served, x.dropped = make([]float64, len(y.served)), make([]float64, len(y.served))
	}
	for k := range y.served {
		x.served[k] += y.served[k]
		x.dropped[k] += y.dropped[k]
	}
}

// The measures of the drawing, in its own units.
const (
	plotWidth, panelHeight = 760.0, 96.0
	plotLeft, plotRight    = 70.0, 16.0
	plotTop, panelGap      = 56.0, 36.0
	plotFoot               = 34.0
	aboveLimit             = 1.5 // of the limit is the top of a panel; more is cut off
	plotStyle              = `text{font:12px sans-serif;fill:#24292f}.t{font-size:14px;font-weight:600}.s{fill:none;stroke:#0969da;stroke-width:1.4}.d{fill:#cf222e;fill-opacity:.55}.l{stroke:#57606a;stroke-dasharray:5 3}.a{stroke:#8c959f}.b{fill:#ffffff}@media (prefers-color-scheme:dark){text{fill:#e6edf3}.s{stroke:#58a6ff}.d{fill:#ff7b72}.l{stroke:#9ea7b3}.a{stroke:#6e7681}.b{fill:#0d1117}}`
)

// svg draws the plot.
func (p *plot) svg() []byte {
	var b bytes.Buffer
	height := plotTop + float64(len(p.panels))*(panelHeight+panelGap) + plotFoot - panelGap
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">\n<style>%s</style>\n", plotWidth, height, p.title, plotStyle)
	fmt.Fprintf(&b, "<rect class=\"b\" width=\"%g\" height=\"%g\"/>\n<text class=\"t\" x=\"%g\" y=\"18\">%s</text>\n", plotWidth, height, plotLeft, p.title)
	fmt.Fprintf(&b, "<text x=\"%g\" y=\"34\">queries a second: answered (line), dropped (area on top of it), what the server takes (dashes)</text>\n", plotLeft)
	for i := range p.panels {
		p.draw(&b, &p.panels[i], plotTop+float64(i)*(panelHeight+panelGap))
	}
	p.seconds(&b, height-plotFoot)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// x is where a bin begins, from the left.
func (p *plot) x(k int) float64 {
	return plotLeft + (plotWidth-plotLeft-plotRight)*float64(k)*p.bin.Seconds()/p.end.Seconds()
}

// draw draws one panel with its top at the height given.
func (p *plot) draw(b *bytes.Buffer, x *panel, top float64) {
	y := func(v float64) float64 { return top + panelHeight*(1-min(v/(aboveLimit*x.limit), 1)) }
	fmt.Fprintf(b, "<text x=\"%g\" y=\"%.1f\">%s</text>\n", plotLeft, top-4, x.title)
	fmt.Fprintf(b, "<line class=\"a\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>\n", plotLeft, y(0), plotWidth-plotRight, y(0))
	for _, v := range []float64{0, x.limit} {
		fmt.Fprintf(b, "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", plotLeft-6, y(v)+4, v)
	}
	var line, area bytes.Buffer
	for k := range x.served {
		fmt.Fprintf(&line, "%.1f,%.1f ", p.x(k), y(x.served[k]))
		fmt.Fprintf(&area, "%.1f,%.1f ", p.x(k), y(x.served[k]+x.dropped[k]))
	}
	for k := len(x.served) - 1; k >= 0; k-- {
		fmt.Fprintf(&area, "%.1f,%.1f ", p.x(k), y(x.served[k]))
	}
	fmt.Fprintf(b, "<polygon class=\"d\" points=\"%s\"/>\n<polyline class=\"s\" points=\"%s\"/>\n", bytes.TrimSpace(area.Bytes()), bytes.TrimSpace(line.Bytes()))
	fmt.Fprintf(b, "<line class=\"l\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>\n", plotLeft, y(x.limit), plotWidth-plotRight, y(x.limit))
}

// seconds writes the axis of time below the last panel.
func (p *plot) seconds(b *bytes.Buffer, top float64) {
	for s := 0; s <= int(p.end.Seconds()); s += 5 {
		x := p.x(int(time.Duration(s) * time.Second / p.bin))
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d s</text>\n", x, top+18, s)
	}
}
