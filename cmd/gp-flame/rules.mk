# The page is compiled in: its sources become byte arrays and their hashes.
FLAME_PAGE := cmd/gp-flame/page/page.html cmd/gp-flame/page/page.css \
	$(sort $(wildcard cmd/gp-flame/page/*.js))

$(BUILD)/cmd/gp-flame/page.inc: cmd/gp-flame/embed.sh $(FLAME_PAGE)
	@mkdir -p $(@D)
	$^ > $@.tmp && mv $@.tmp $@

$(BUILD)/cmd/gp-flame/page.o: $(BUILD)/cmd/gp-flame/page.inc
