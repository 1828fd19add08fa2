ALTER TABLE concerts DROP KEY concerts_named;
