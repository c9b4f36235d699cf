# What is written into pages and images is compiled in: their sources become byte
# arrays, and the hashes that their policies name.
FLAME_PAGE := cmd/gp-flame/page/page.html cmd/gp-flame/page/page.css \
	$(sort $(wildcard cmd/gp-flame/page/*.js))
FLAME_SVG := cmd/gp-flame/svg/svg.css cmd/gp-flame/svg/svg.js

$(BUILD)/cmd/gp-flame/page.inc: cmd/gp-flame/embed.sh $(FLAME_PAGE)
	@mkdir -p $(@D)
	sh $< page $(FLAME_PAGE) > $@.tmp && mv $@.tmp $@

$(BUILD)/cmd/gp-flame/svg.inc: cmd/gp-flame/embed.sh $(FLAME_SVG)
	@mkdir -p $(@D)
	sh $< svg $(FLAME_SVG) > $@.tmp && mv $@.tmp $@

$(BUILD)/cmd/gp-flame/page.o: $(BUILD)/cmd/gp-flame/page.inc
$(BUILD)/cmd/gp-flame/svg.o: $(BUILD)/cmd/gp-flame/svg.inc
