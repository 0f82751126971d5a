/* plot_occupancy.h: the map of classes over frames that is the picture of ctc. */
#ifndef LK_CLI_PLOT_OCCUPANCY_H
#define LK_CLI_PLOT_OCCUPANCY_H

#include "catalogue.h"
#include "occupancy.h"
#include "options.h"
#include "plot.h"

/* Whether the picture is a map; then the options are those of one. A usage failure otherwise. */
int plot_is_map(const plot *p);
int plot_check_options(const options *o, const plot *p, error *e);
/* Reads the files and computes; p is given its title. */
int plot_read_map(const options *o, plot *p, occupancy *map, error *e);
void plot_map_script(FILE *script, const plot *p, const occupancy *map);
json_t *plot_map_json(const plot *p, const occupancy *map, const char *path);

#endif
