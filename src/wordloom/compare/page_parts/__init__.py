"""The parts of a comparison's page, each made from the comparison as JSON."""
