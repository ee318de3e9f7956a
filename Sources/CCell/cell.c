#include "CCell.h"
